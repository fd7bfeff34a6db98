"""Every limit of the ledger, in one place; a test holds each of them.

Lengths are in Unicode code points, sizes in bytes (1 KiB = 1,024 bytes), durations in seconds.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# One event
BODY_BYTES: Final = 256 * KIB  # canonical JSON of one event, UTF-8

# One append
GROUP_EVENTS: Final = 1_000
GROUP_BYTES: Final = MIB  # sum of the bodies of one append

# The writer
WAITING_COMMANDS: Final = 10_000  # beyond it the answer is "busy, come back", never a longer queue
CACHED_STATE_BYTES: Final = (
    128 * MIB
)  # stored bytes behind the states kept in memory, least recently used go first
COMMAND_SECONDS: Final = 10.0  # how long a command waits for a database that is away

# Readers, who have no key: how many addresses are counted apart in one window of their rate; beyond it they share one
ADDRESSES_COUNTED: Final = 100_000

# Words
SLUG_LENGTH: Final = 80
NAME_LENGTH: Final = 200
LINE_LENGTH: Final = 500
TEXT_LENGTH: Final = 5_000
COPY_LENGTH: Final = 100_000
URL_LENGTH: Final = 2_048
INSTANT_LENGTH: Final = 64  # RFC 3339 sets no end to the digits of a second
IDEMPOTENCY_KEY_LENGTH: Final = 255

# Lists
ATTRIBUTIONS: Final = 10
CITATIONS: Final = 50
ENTITIES: Final = 50
RESTS_ON: Final = 50
NOTES_ON_FACT: Final = 20
RESPONSES: Final = 100
NOTES_ON_STORY: Final = 200
CORRECTIVES_OF_STORY: Final = 200
SPANS: Final = 2_000
AFFECTS: Final = 6

# What rests on what
GROUND_DISTANCE: Final = 100  # from a fact to the farthest that is still said to rest on it

# Streams
FACTS_IN_STORY: Final = 10_000
REVISIONS_OF_STORY: Final = 1_000_000
KEYS_OF_MEMBER: Final = 100

# What other machines of the web are told at once
MEMENTOS_IN_TIMEMAP: Final = 1_000  # further ones are in further parts of it
FEED_ENTRIES: Final = 50  # the newest
FACTS_IN_ENTRY: Final = 10  # of those that an edition brought; of the rest only their number
PURGE_PREFIXES: Final = 100  # beyond it one prefix stands for all stories
PURGE_ADDRESSES: Final = 200  # of one story; its prefix reaches those beyond

# What is said of a view that does not hold what the events say: of each row that differs
DIFFERENCE_LENGTH: Final = 1_000

# Positions are JSON numbers: exact in every JSON reader below 2^53 (RFC 8259, section 6)
POSITION: Final = 2**53 - 1
