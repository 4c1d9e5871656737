"""Answers each line, a number, with so many bytes, also after the client's end of stream. usage: numbers.py PORT"""

import asyncio
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from harness import content  # noqa: E402


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(content(int(line)))
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
