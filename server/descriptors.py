"""How many files and sockets the process may have open: raised as far as it is allowed, before the first is opened."""

try:
    import resource
except ImportError:  # pragma: no cover - Windows knows no such limit
    resource = None  # type: ignore[assignment]

MOST_OF_MACOS = 10_240  # OPEN_MAX: it refuses more, although it says that there is no limit


def raise_descriptors() -> None:
    """Take as many descriptors as are allowed."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, MOST_OF_MACOS):
        if soft == hard or (soft != resource.RLIM_INFINITY and wanted != resource.RLIM_INFINITY and wanted <= soft):
            return
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            continue
        return


def allowed_descriptors() -> int:
    """How many there may be now; 0 where there is no limit."""
    if resource is None:
        return 0
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 0 if soft == resource.RLIM_INFINITY else soft
