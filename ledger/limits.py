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
GROUP_SECONDS: Final = (
    1.0  # in which it is decided; what is left comes with the next: nobody else records meanwhile
)
GROUP_BYTES: Final = MIB  # sum of the bodies of one append

# The writer
WAITING_COMMANDS: Final = 10_000  # beyond it the answer is "busy, come back", never a longer queue
# Stored bytes behind the states kept in memory, where they take some 20 times as much; the least recently used go first
CACHED_STATE_BYTES: Final = 16 * MIB
COMMAND_SECONDS: Final = 10.0  # how long a command waits for a database that is away

# Time
CLOCK_SKEW: Final = (
    5.0  # seconds between the database's clock and the server's, unless set; beyond, nothing is recorded
)

# What is kept of an error that stops a view
TRACEBACK_CHARACTERS: Final = 16_000  # the last ones
SKIPS_SHOWN: Final = 100  # the last ones

# What the doctor names
GAPS_SHOWN: Final = 20  # damaged streams, the first ones; of the rest only their number

# Imports
LINE_BYTES: Final = BODY_BYTES + 4 * KIB  # the body of a command, and what stands around it
IMPORT_LINES: Final = 1_000  # read, looked up and handed in at once; so many bytes of them as a group has
IMPORT_AHEAD: Final = 4  # so many times that may wait for their answers

# News that comes in, in formats of others
INTAKE_BYTES: Final = 8 * MIB  # of one file or body, however many items it holds
INTAKE_ROWS: Final = 2_000  # of a table of facts in one body; `factledger take` takes longer ones
INTAKE_ITEMS: Final = 500  # in one body; `factledger take` takes more
INTAKE_TRIED: Final = 100  # items or rows of one body in a dry run: each looks at all of its story anew
INTAKE_DEPTH: Final = 100  # of its elements, objects and arrays within one another
INTAKE_STATE_BYTES: Final = 4 * MIB  # as CACHED_STATE_BYTES, where files are taken: few stories come twice
INTAKE_TAGS: Final = 300_000  # in one piece of markup
INTAKE_ATTRIBUTES: Final = 1_000  # of one element

# Connections of clients
CONNECTIONS: Final = 4_000  # at once; fewer where the system lets a process have fewer files
CONNECTIONS_OF_ADDRESS: Final = 400  # of these; beyond it the oldest that lets us wait goes
FILES_KEPT: Final = 128  # for the database, the log, the libraries
HEAD_BYTES: Final = 32 * KIB  # of the address and the header fields of a request
HEAD_SECONDS: Final = 10.0  # in which these must have come, from the first byte on
BODY_SECONDS: Final = 30.0  # in which the body must have come, behind these
WRITE_SECONDS: Final = 60.0  # in which a client must take something of an answer
IDLE_SECONDS: Final = 75  # between two requests

# The body of a request: whatever is in it is looked at with care, so nobody may send more of it than there is to say
ITEMS_IN_BODY: Final = 2_500  # in all its arrays
NAMES_IN_BODY: Final = 15_000  # in all its objects
DEPTH_OF_ACT: Final = 20  # objects and arrays within one another in the body of one act of a change
PROBLEMS_TOLD: Final = 50  # of one body
PROBLEMS_LOOKED_AT: Final = 500  # beyond it only how many there are is said
BODY_ON_LOOP: Final = 8 * KIB  # beyond it a body is read in a thread: the event loop is everybody's
LARGE_BODIES: Final = 2  # read, or packed, at a time
SMALL_ANSWER: Final = 1_400  # bytes, about a packet: smaller answers are not packed
PARAMETERS: Final = 50  # in one query

# Reading
STATEMENT_SECONDS: Final = 10.0  # for one statement
HEALTH_SECONDS: Final = (
    0.8  # likewise, where somebody asks whether the server is well: who does gives up soon
)
READERS_WAITING: Final = 200  # for a place in a room; beyond it the answer is "busy, come back"
READER_PATIENCE: Final = 5.0  # seconds that one of them waits
READERS_PAGES: Final = 4  # written at a time, of those for readers

# Readers, who have no key: how many addresses are counted apart in one window of their rate; beyond it they share one
ADDRESSES_COUNTED: Final = 100_000

# Words
SLUG_LENGTH: Final = 80
NAME_LENGTH: Final = 200
LINE_LENGTH: Final = 500
TEXT_LENGTH: Final = 5_000
COPY_LENGTH: Final = 100_000
URL_LENGTH: Final = 2_048
LANGUAGE_LENGTH: Final = 35  # of a language tag; RFC 5646 (4.4.1) asks for no less
INSTANT_LENGTH: Final = 64  # RFC 3339 sets no end to the digits of a second
IDEMPOTENCY_KEY_LENGTH: Final = 255
ACTS_OF_CHANGE: Final = 100  # that are recorded in one piece

# Lists
ATTRIBUTIONS: Final = 10
CITATIONS: Final = 50
ENTITIES: Final = 50
RESTS_ON: Final = 50
NOTES_ON_FACT: Final = 20
RESPONSES: Final = 100
NOTES_ON_STORY: Final = 200
SLUGS_OF_STORY: Final = 100  # the one that it was opened under, and each that it was given, however often
CORRECTIVES_OF_STORY: Final = 200
SPANS: Final = 2_000
SPANS_LOOKED_BACK: Final = 20_000  # of earlier copies, for words that stood on a fact before
DAYS_READ: Final = 100  # words of which it is asked whether they name a day, for one act
SLIPS: Final = 20  # words of a fact that are spelled otherwise, in one act; more is no slip of spelling
DESPITE: Final = 50  # sources whose names may stand, in one publication
AFFECTS: Final = 6
SUBJECTS_OF_ITEM: Final = 50  # that a wire files an item under
LINKS_OF_ITEM: Final = 50
NOTES_OF_ITEM: Final = 20
NAMES_OF_PROVIDER: Final = 20
NAMES_OF_SOURCE: Final = 20  # that it has besides its name
RENAMINGS_OF_SOURCE: Final = 100
JOINED_TO_SOURCE: Final = 20  # sources that are the same as it
LONGEST_ARRAY: Final = SPANS  # of all of them

# What a refusal, a receipt or a dry run tells; beyond it how many more there are
WORDS_ON_HIDDEN: Final = 20  # of the copy, that stand on facts that readers may not see
WORDS_SHOWN: Final = 80  # letters of each of them
NAMES_FOUND: Final = 50  # places at which a protected source is named
NEWLY_NAMED: Final = 100  # sources that readers see named for the first time

# What rests on what
GROUND_DISTANCE: Final = 100  # from a fact to the farthest that is still said to rest on it
LETTERS_COMPARED: Final = (
    100_000  # of facts, that words of the copy and the headline are held against at once
)
FACTS_CHANGED: Final = 100  # since the last publication, the last ones: what they said before is looked for
GROUNDS_FOLLOWED: Final = 1_000  # facts below those that one rests on, looked at before it may

# Streams
FACTS_IN_STORY: Final = 10_000
REVISIONS_OF_STORY: Final = 1_000_000
KEYS_OF_MEMBER: Final = 100

FACTS_SHOWN: Final = 500  # of a story, in one document; further ones are in further parts of it
FACTS_BYTES: Final = 48 * KIB  # of facts in one page of a list of them, unless one alone is more
FACTS_NAMED: Final = 500  # by their numbers, in one question

# What readers are told of changes
CHANGES_SHOWN: Final = 200  # the last of a story, in its document; and of each edition, in the list of them

# The audit trail
EVENTS_LOOKED_AT: Final = 20_000  # in one answer, for what no index has

# Search
STORIES_NAMED: Final = 100  # slugs that a question for a list of stories may name
SEARCH_WORDS: Final = 20  # in one question; a phrase is one
PART_OF_NAME: Final = 30  # letters of a word of a name that a source is found by
RARE_ROWS: Final = (
    4_000  # that hold a word; where more do, stories are looked through, newest first, until a page is full
)
WORDS_COUNTED: Final = 3  # of a question, to find one that is rare
EXCERPT_PARTS: Final = 3  # of one story that are looked at for the best excerpt
EXCERPT_CHARACTERS: Final = (
    200_000  # that are looked at in one answer; stories beyond are shown without an excerpt
)
EXCERPT_LENGTH: Final = 200  # letters of an excerpt, or so

# The line of a story's moments, in one answer
STEPS: Final = 2_000  # the last ones; of those before only their number

# The figures of corrections
MONTHS: Final = 120  # the last ones in which something was corrected or withdrawn

# How closely two copies are compared; beyond it more coarsely, but never wrongly
PARAGRAPHS_COMPARED: Final = 2_000  # of either copy; beyond it only the same start and end are told apart
WORD_PAIRS_ALIGNED: Final = 4_000_000  # product of the words that differ; beyond it only singular ones hold
WORDS_ANCHORED: Final = 50_000  # sum of the words that differ; beyond it not even these
WORD_PAIRS_LIKENED: Final = 200_000_000  # that tell which paragraphs are alike, the nearest ones first

# What other machines of the web are told at once
MEMENTOS_IN_TIMEMAP: Final = 1_000  # further ones are in further parts of it
FEED_ENTRIES: Final = 50  # the newest
FACTS_IN_ENTRY: Final = 10  # of those that an edition brought; of the rest only their number
SITEMAP_STORIES: Final = 50_000  # in one sitemap; sitemaps.org allows no more
NEWS_STORIES: Final = 1_000  # likewise, of news
NEWS_SECONDS: Final = 2 * 86_400.0  # after which a story is no news to whoever reads a sitemap of it
PURGE_PREFIXES: Final = 100  # beyond it one prefix stands for all stories
PURGE_ADDRESSES: Final = 200  # of one story; its prefix reaches those beyond

# Streams, which stay open and tell what happens
STREAMS: Final = 1_000  # open at once in one process; beyond it the answer is "not now"
STREAMS_OF_READERS: Final = 900  # of these; so there is always room for the desk
STREAMS_OF_ADDRESS: Final = 100  # likewise, of those without a key
STREAM_EVENTS: Final = 100  # looked at in one go for a stream
STREAM_BYTES: Final = (
    256 * KIB
)  # told in one go, unless one event is more: what a client that does not read costs
STREAM_SILENCE: Final = (
    15.0  # after which a stream says that it is there, and looks whether its key still opens
)

# Webhooks, which tell others what happened
WEBHOOKS: Final = 100
WEBHOOK_SECONDS: Final = 15.0  # for one attempt, from the name of the host to the status that it answers
WEBHOOK_AT_ONCE: Final = 4  # attempts to one webhook, of as many stories
WEBHOOK_STORIES: Final = (
    1_000  # looked at in one go: events of which it is found which stories they are about
)
WEBHOOK_PATIENCE: Final = 3 * 86_400.0  # of failures, after which a webhook is stopped
WEBHOOK_LONGEST_WAIT: Final = 3_600.0  # between two attempts
WEBHOOK_FORMER_SECRET: Final = 86_400.0  # in which what is sent is signed with the former secret, too
WEBHOOK_DELIVERIES: Final = 1_000  # kept of one webhook, the newest

# Pages
CHOICES: Final = 200  # of one list to choose from; the newest, or those with words that are asked for
PAGE_BYTES: Final = (
    300_000  # of HTML, of a story however long; not where one paragraph or one fact alone is more
)
FACTS_ON_PAGE: Final = 30
STEPS_OFFERED: Final = 200  # of a story's moments, in a list to choose from
COPY_ON_PAGE: Final = (
    90_000  # bytes of the copy with its marks, about; further paragraphs are in further parts
)
FORM_FIELDS: Final = 3_000  # in one form
FORM_BYTES: Final = 4 * BODY_BYTES  # of one form: in it each byte of a text may take three
EDITING: Final = 1_000  # forms open at the desk that are noted, of all stories
EDITING_SHOWN: Final = 5  # of one story, to the others
EDITING_SECONDS: Final = 180.0  # after which one who is not heard of has left
SESSIONS_OF_KEY: Final = 20  # the newest; beyond it the oldest end
SESSION_SECONDS: Final = 12 * 3_600.0
AUDIT_EXPORT: Final = 10_000  # events in one file
LINK_SECONDS: Final = 3_600.0  # in which a link works, once

# After which whoever moves the views and does nothing is no longer taken to be well
WORKER_SILENCE: Final = 4.0

# What is said of a view that does not hold what the events say: of each row that differs
DIFFERENCE_LENGTH: Final = 1_000

# What the views know of the stories that moved last, kept in memory: events and facts of them, together
FOLDED_EVENTS: Final = 20_000

# What is proved of views that are built anew, besides that they are as the living ones: so many events, or one in so
# many where that is more, of stories chosen by chance are worked out a second time
PROVED_EVENTS: Final = 200
PROVED_SHARE: Final = 100

# Positions are JSON numbers: exact in every JSON reader below 2^53 (RFC 8259, section 6)
POSITION: Final = 2**53 - 1
