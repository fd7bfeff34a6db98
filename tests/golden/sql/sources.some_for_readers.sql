select source, reader as text
from sources
where source = any(%s)
