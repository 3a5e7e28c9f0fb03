"""Where the terminal side keeps its files. Reads nothing at import; the server's settings are the server's."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "tradeterm"
LOCAL_USER = "local"  # who signs in on the private server


@dataclass(frozen=True, slots=True)
class Folders:
    """The platform's folders for tradeterm."""

    config: Path
    data: Path
    state: Path

    @classmethod
    def of_platform(cls) -> "Folders":
        return cls(
            Path(platformdirs.user_config_dir(APP, appauthor=False)),
            Path(platformdirs.user_data_dir(APP, appauthor=False)),
            Path(platformdirs.user_state_dir(APP, appauthor=False)),
        )
