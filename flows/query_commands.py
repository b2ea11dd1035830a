"""The commands of an analyst: tables, sql."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from flows.options import RESULTS, AsJson, Results, errors

_WIDTH = 80
"""Characters of a value that are shown; --json and --csv have all."""


def tables(
    table: Annotated[
        list[str] | None, typer.Argument(metavar="[TABLE]...", help="Only these.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown page.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what every table and column is."""
    with errors():
        from flows import dictionary, screen
        from schemas.errors import ConfigError
        from schemas.tables import ROWS, TABLES

        unknown = [name for name in table or () if name not in TABLES]
        if unknown:
            raise ConfigError(f"there is no table {unknown[0]}; choose of {', '.join(TABLES)}")
        if markdown:
            typer.echo(dictionary.page(), nl=False)
            return
        found = dictionary.columns(table or tuple(TABLES))
        if as_json:
            screen.write_json(found)
            return
        for name in table or TABLES:
            grid = Table("column", "type", "what it is", title_justify="left")
            grid.title = f"{name}: a row is {ROWS[name]}"
            for column in found:
                if column["table"] == name:
                    null = " or null" if column["nullable"] else ""
                    grid.add_row(column["column"], column["type"] + null, column["description"])
            screen.out.print(grid)


def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Every table is a view.")],
    results: Results = RESULTS,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Rows that are shown; --json and --csv have all.")
    ] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question in SQL (DuckDB) over the tables."""
    with errors():
        from flows import screen
        from tasks import exporting, queries
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        whole = as_csv or as_json
        rows = queries.ask(store, query, None if whole else limit + 1)
        if as_json:
            screen.write_json(rows.to_pylist())
            return
        if as_csv:
            typer.echo(exporting.csv(rows), nl=False)
            return
        grid = Table(*map(escape, rows.column_names))
        for row in rows.slice(0, limit).to_pylist():
            cells = ("" if value is None else str(value) for value in row.values())
            grid.add_row(*(Text(screen.steady(cell)[:_WIDTH]) for cell in cells))
        screen.out.print(grid)
        if rows.num_rows > limit:
            screen.out.print(f"More than {limit} rows: ask for more with --limit, --csv or --json.")
