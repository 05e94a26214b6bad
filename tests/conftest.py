"""What every test shares."""

import asyncio

# pytest-asyncio asks the policy for "the current loop" and leaves behind the one that it makes for that; with none set,
# on 3.11, it makes none. Left open it would be a ResourceWarning, which is an error here.
asyncio.set_event_loop(None)
