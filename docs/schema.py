"""The ledger's schema as all steps leave it, read from the catalogue of a database that was migrated just now."""

from collections.abc import Iterator
from pathlib import Path

from api.server.embedded import EmbeddedPostgres
from ledger.store.database import Connection, Database, Row
from ledger.store.migrate import migrate
from tests.newsroom import fresh_database

PAGE = Path(__file__).parent.parent / "ledger" / "store" / "schema" / "as-it-stands.sql"
WIDTH = 120
HEAD = "-- The schema as all steps leave it: for reading, and no step. `make docs` writes it anew.\n"

_TABLES = (
    "select oid, relname from pg_class where relnamespace = %(schema)s and relkind = 'r' order by relname"
)
_OTHERS = """
select relname from pg_class where relnamespace = %(schema)s and relkind not in ('r', 'i')
union all
select typname from pg_type where typnamespace = %(schema)s and typrelid = 0 and typelem = 0
"""
_COLUMNS = """
select attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
    || case when attidentity <> '' then ' generated always as identity' else '' end
    || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
where attrelid = %(table)s and attnum > 0 and not attisdropped order by attnum
"""
# Not null stands with the column.
_CONSTRAINTS = """
select 'constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid, true) from pg_constraint
where conrelid = %(table)s and contype <> 'n' order by contype <> 'p', conname
"""
_STORED_WITH = (
    "select 'alter table ' || relname || ' set (' || array_to_string(reloptions, ', ') || ')'"
    " from pg_class where oid = %(table)s and reloptions is not null"
)
_INDEXES = """
select pg_get_indexdef(indexrelid, 0, true) from pg_index
where indrelid = %(table)s and not exists (select from pg_constraint where conindid = indexrelid)
order by indexrelid::regclass::text
"""
_TRIGGERS = """
select pg_get_triggerdef(oid, true) from pg_trigger where tgrelid = %(table)s and not tgisinternal order by tgname
"""
_FUNCTIONS = """
select pg_get_functiondef(oid) from pg_proc where pronamespace = %(schema)s order by proname, oid::regprocedure::text
"""
# Of everybody but the owner; a right that the owner took from everybody (PUBLIC) is seen by its not being here.
_GRANTS = """
with things as (
    select 'schema ' || nspname as thing, nspacl as acl, acldefault('n', nspowner) as usual, nspowner as owner,
        1 as place
    from pg_namespace where oid = %(schema)s
    union all
    select 'table ' || relname, relacl, acldefault('r', relowner), relowner, 2
    from pg_class where relnamespace = %(schema)s and relkind = 'r'
    union all
    select 'table ' || relname || ' (' || attname || ')', attacl, null, relowner, 3
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = %(schema)s and attacl is not null
    union all
    select 'function ' || oid::regprocedure, proacl, acldefault('f', proowner), proowner, 4
    from pg_proc where pronamespace = %(schema)s
)
select 'grant ' || lower(string_agg(privilege_type, ', ' order by privilege_type)) || ' on ' || thing || ' to '
    || case when grantee = 0 then 'public' else grantee::regrole::text end
from things cross join aclexplode(coalesce(acl, usual)) where grantee <> owner
group by place, thing, grantee order by place, thing, grantee::regrole::text
"""


def as_it_stands(postgres: EmbeddedPostgres) -> str:
    with fresh_database(postgres) as url:
        database = Database(url)
        migrate(database)
        with database.connect(name="schema", as_owner=True) as connection:
            return HEAD + "".join(f"\n{part}" for part in _parts(connection))


def _parts(connection: Connection[Row]) -> Iterator[str]:
    (schema,) = connection.execute("select current_schema::regnamespace::oid").fetchone() or ()
    others = connection.execute(_OTHERS, {"schema": schema}).fetchall()
    assert not others, f"nothing here writes out {others}"
    for table, name in connection.execute(_TABLES, {"schema": schema}).fetchall():

        def of_table(query: str, table: int = table) -> list[str]:
            return [text for (text,) in connection.execute(query, {"table": table})]

        inside = ",\n".join(f"    {line}" for line in of_table(_COLUMNS) + of_table(_CONSTRAINTS))
        beside = of_table(_STORED_WITH) + of_table(_INDEXES) + of_table(_TRIGGERS)
        yield f"create table {name} (\n{inside}\n);\n" + "".join(f"{line};\n" for line in beside)
    for (text,) in connection.execute(_FUNCTIONS, {"schema": schema}).fetchall():
        head, _, body = text.rstrip().partition("\n")
        if len(head) > WIDTH:
            head = head.replace("(", "(\n    ", 1).replace(", ", ",\n    ")
        yield f"{head}\n{body};\n"
    yield "".join(f"{text};\n" for (text,) in connection.execute(_GRANTS, {"schema": schema}))
