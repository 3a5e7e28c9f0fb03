"""Pages and lists as responses: encoded once, and put together whole."""

import orjson

from server.gateway.rest.responses import json_response, list_response, page_response
from server.ports import Page

ITEM = b'{"price":"1.50"}'


def test_items_go_through_as_they_are() -> None:
    """Byte for byte; the last page has no cursor."""
    response = page_response(Page([ITEM, ITEM], None))
    assert response.body == b'{"items":[%b,%b],"nextCursor":null}' % (ITEM, ITEM)
    assert response.media_type == "application/json"


def test_a_cursor_is_text_whatever_is_in_it() -> None:
    assert orjson.loads(page_response(Page([], 'a"b')).body) == {"items": [], "nextCursor": 'a"b'}


def test_what_is_lost_is_said_with_the_page() -> None:
    """Through which seq; nothing lost is not spoken of."""
    said = orjson.loads(page_response(Page([], None, lost_through=12)).body)
    assert (said["reason"], said["lostThrough"]) == ("HISTORY_LOST", 12)
    assert "reason" not in orjson.loads(page_response(Page([], None)).body)


def test_a_whole_list_has_the_form_of_a_page() -> None:
    assert orjson.loads(list_response((ITEM,)).body) == {"items": [orjson.loads(ITEM)], "nextCursor": None}


def test_an_answer_without_a_body_is_an_empty_object() -> None:
    assert (json_response(None, 202).body, json_response(None, 202).status_code) == (b"{}", 202)
