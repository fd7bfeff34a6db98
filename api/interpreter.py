"""How the interpreter shares its time: whose turn it is, and how often it looks for what nobody holds any more."""

import gc
import sys

# Seconds that a thread may keep the interpreter when others want it. A group of facts asks for it several times on its
# way to the database and back, and so long the event loop made it wait each time: 5 ms, if nothing is said.
_TURN = 0.0005
# Stories and documents are many objects and no cycles: looking for those as often as usual takes a third of the time.
_OBJECTS_BETWEEN_LOOKS = 100_000


def tune() -> None:
    """For a process that serves, carries in, or builds views."""
    sys.setswitchinterval(_TURN)
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
