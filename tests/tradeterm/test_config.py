"""Where the terminal side keeps its files."""

from pathlib import Path

from tradeterm.config import Folders


def test_each_kind_of_file_has_the_folder_that_the_platform_gives_it(tmp_path: Path) -> None:
    """Named for the program once, with no maker's name around it; and to ask makes none."""
    found = Folders.of_platform()
    assert (found.config, found.data, found.state) == (
        tmp_path / "xdg_config_home" / "tradeterm",
        tmp_path / "xdg_data_home" / "tradeterm",
        tmp_path / "xdg_state_home" / "tradeterm",
    )
    assert not any(one.exists() for one in (found.config, found.data, found.state))
