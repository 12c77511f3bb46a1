"""Whether a server answers, said within seconds."""

import threading

PATIENCE_S = 3.0


def reachable(url: str, seconds: float = PATIENCE_S) -> bool:
    """Whether the server of ``url`` answers at all, be it with an error, in that time.

    The libraries that download wait for minutes, or for ever, where a network swallows
    packets. The question is asked in a thread, since looking a name up knows no timeout.
    """
    answered = threading.Event()
    thread = threading.Thread(target=_ask, args=(url, seconds, answered), daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()


def _ask(url: str, seconds: float, answered: threading.Event) -> None:
    import urllib.request
    from http.client import HTTPException
    from urllib.error import HTTPError

    request = urllib.request.Request(url, method="HEAD")  # noqa: S310  # the hub's address, not the spec's
    try:
        urllib.request.urlopen(request, timeout=seconds).close()  # noqa: S310
    except HTTPError as error:
        error.close()
    except (OSError, ValueError, HTTPException):
        return
    answered.set()
