"""Writes into the tables of a view what a page came to: what has ended, what has begun, what is now."""

from typing import Any

import orjson
from psycopg import Connection

from ledger.store.database import Row
from projections.engine.folding import copied
from projections.views.view import OPEN, Rows, Sheets, View


def write(connection: Connection[Row], view: View, sheets: Sheets) -> None:
    for rows in sheets.values():
        if rows.table.name not in view.tables:
            continue  # it is handed on
        if rows.rewritten:
            connection.execute(f"delete from {rows.table.name} where story = any(%s)", [rows.rewritten])
        if rows.ended:
            _end(connection, rows)
        if rows.table.kept:
            _keep(connection, rows)
        elif rows.begun:
            copy(connection, rows.table.name, rows.table.columns, copied(rows.begun))
    if view.settle is not None and any(rows.begun or rows.ended for rows in sheets.values()):
        view.settle(connection, sheets)


def copy(connection: Connection[Row], table: str, columns: tuple[str, ...], text: str) -> None:
    """text: rows as COPY takes them."""
    with connection.cursor().copy(f"copy {table} ({', '.join(columns)}) from stdin") as writing:
        writing.write(text)


def _end(connection: Connection[Row], rows: Rows) -> None:
    table = rows.table
    ended = [dict(zip(table.key, key, strict=True)) | {"to_position": at} for key, at in rows.ended.items()]
    connection.execute(
        f"update {table.name} was set to_position = ended.to_position"
        f" from json_populate_recordset(null::{table.name}, %s::json) ended"
        f" where {' and '.join(f'was.{column} = ended.{column}' for column in table.key)}"
        f" and was.to_position = {OPEN}",
        [_json(ended)],
    )


def _keep(connection: Connection[Row], rows: Rows) -> None:
    table = rows.table
    kept = [dict(zip(table.columns, row, strict=True)) for row in rows.written]
    if kept:
        columns = ", ".join(table.columns)
        connection.execute(
            f"insert into {table.name} ({columns}) select {columns}"
            f" from json_populate_recordset(null::{table.name}, %s::json)"
            f" on conflict ({', '.join(table.key)}) do update set"
            f" {', '.join(f'{column} = excluded.{column}' for column in table.others)}",
            [_json(kept)],
        )


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
