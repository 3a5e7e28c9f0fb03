"""`/docs`: the REST routes as a page, drawn from `/openapi.json` by a script of ours. Nothing comes from elsewhere."""

import base64
import hashlib
from typing import Final

from server.gateway.rest.published.documents import Document

_STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid #8886; border-radius: .4rem; margin: .4rem 0; padding: .4rem .8rem }
summary { cursor: pointer } summary code { font-weight: 600 }
pre { overflow: auto; background: #8882; padding: .6rem; border-radius: .3rem }
td, th { text-align: left; padding: .1rem .8rem .1rem 0; vertical-align: top }
"""

# Everything is put in as text, never as markup.
_SCRIPT: Final = """
const add = (parent, tag, text) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
};
const table = (parent, title, rows) => {
  if (!rows.length) return;
  add(parent, 'h4', title);
  const body = add(parent, 'table');
  for (const row of rows) { const line = add(body, 'tr'); for (const cell of row) add(line, 'td', cell); }
};
const name = schema => !schema ? '' : schema.$ref ? schema.$ref.split('/').pop() : JSON.stringify(schema);
const operation = (parent, method, path, said) => {
  const box = add(parent, 'details');
  const head = add(box, 'summary');
  add(head, 'code', method.toUpperCase() + ' ' + path);
  add(head, 'span', ' – ' + (said.summary || ''));
  add(box, 'p', said.description || '');
  table(box, 'Parameters', (said.parameters || []).map(one => [one.name, one.in, name(one.schema)]));
  const taken = Object.entries((said.requestBody || {}).content || {});
  table(box, 'Body', taken.map(([kind, one]) => [kind, name(one.schema)]));
  table(box, 'Answers', Object.entries(said.responses || {}).map(([status, one]) => {
    const content = Object.entries(one.content || {});
    return [status, one.description || '', content.map(([kind, it]) => kind + ' ' + name(it.schema)).join(', ')];
  }));
};
fetch('openapi.json').then(answer => answer.json()).then(api => {
  const main = document.querySelector('main');
  add(main, 'h1', api.info.title + ' ' + api.info.version);
  add(main, 'p', 'Sign in at POST /api/v1/auth/token; then send Authorization: Bearer …');
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, said] of Object.entries(methods)) {
      const tag = (said.tags || ['other'])[0];
      groups.set(tag, [...(groups.get(tag) || []), [method, path, said]]);
    }
  for (const [tag, found] of groups) { add(main, 'h2', tag); for (const one of found) operation(main, ...one); }
  add(main, 'h2', 'Schemas');
  for (const [title, schema] of Object.entries(api.components.schemas)) {
    const box = add(main, 'details');
    add(box, 'summary', title);
    add(box, 'pre', JSON.stringify(schema, null, 2));
  }
});
"""


def _source(text: str) -> str:
    """A block of the page as its Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY: Final = (
    f"default-src 'none'; script-src {_source(_SCRIPT)}; style-src {_source(_STYLE)}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HTML: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>tradeterm</title>'
    f"<style>{_STYLE}</style></head><body><main></main><script>{_SCRIPT}</script></body></html>"
)
PAGE: Final = Document(_HTML.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": POLICY})
