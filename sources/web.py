"""The one HTTP session: to be filled."""


class Web:
    """Fetches bytes politely."""
