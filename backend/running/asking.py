"""Asking a server over HTTP, as little as can be: one request, and the first line of its answer."""

import asyncio

ANSWERS_WITHIN_S = 5.0


async def first_line(host: str, port: int, path: str) -> bytes:
    """Ask for a path; nothing where the connection ended without an answer.

    Raises TimeoutError when there is none in time, OSError when nobody listens.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    async with asyncio.timeout(ANSWERS_WITHIN_S):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(request.encode())
            return await reader.readline()
        finally:
            writer.close()
