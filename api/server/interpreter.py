"""How the interpreter shares its time: whose turn it is, and how often it looks for what nobody holds any more."""

import gc
import sys

# Seconds that a thread may keep the interpreter when others want it. A group of facts asks for it several times on its
# way to the database and back, and so long the event loop made it wait each time: 5 ms, if nothing is said.
_TURN = 0.0005
# Stories and documents are many objects and no cycles: looking for those as often as usual takes a third of the time.
_LOOKS_TO_GET_DONE = (100_000, 10, 10)
# While it looks nobody has a turn: 100,000 objects are a stop of 60 ms or more. Five thousand, or ten at every second
# look, cost some hundredths more in all, and nobody waits for them. What is in use then is looked at again only where
# a thousand such looks have passed and it has grown by a quarter: that is one long stop in a hundred thousand facts.
_LOOKS_TO_ANSWER = (5_000, 0, 1_000)


def tune_to_answer() -> None:
    """For a process that serves: nobody waits long. To be called once what it is made of is there."""
    sys.setswitchinterval(_TURN)
    gc.set_threshold(*_LOOKS_TO_ANSWER)
    gc.collect()
    gc.freeze()  # what it is made of stays, and is not looked at again


def tune_to_get_done() -> None:
    """For a process that carries in, or builds views: the whole is done soon."""
    sys.setswitchinterval(_TURN)
    gc.set_threshold(*_LOOKS_TO_GET_DONE)
