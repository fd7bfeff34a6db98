"""How the interpreter shares its time: whose turn it is, and how often it looks for what nobody holds any more."""

import gc
import sys

# Seconds that a thread may keep the interpreter when others want it. A group of facts asks for it several times on its
# way to the database and back, and so long the event loop made it wait each time: 5 ms, if nothing is said.
_TURN = 0.0005
# Stories and documents are many objects and no cycles: looking for those as often as usual takes a third of the time.
_OBJECTS_BETWEEN_LOOKS = 100_000
# While it looks nobody has a turn: 100,000 objects are a stop of 60 ms or more. A few at a time cost some hundredths
# more in all, and nobody waits for them. What is found in use is looked at once more, and then again only after a
# thousand such looks.
_OBJECTS_AT_ONCE = 5_000
_LOOKS = (_OBJECTS_AT_ONCE, 0, 1_000)


def tune_to_answer() -> None:
    """For a process that serves: nobody waits long. To be called once what it is made of is there."""
    sys.setswitchinterval(_TURN)
    gc.set_threshold(*_LOOKS)
    gc.collect()
    gc.freeze()  # what it is made of stays, and is not looked at again


def tune_to_get_done() -> None:
    """For a process that carries in, or builds views: the whole is done soon."""
    sys.setswitchinterval(_TURN)
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
