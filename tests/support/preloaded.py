"""The libraries of a server and of a worker, imported once for all processes that are forked.

Nothing of Tandem itself: what its modules read of the environment as they are imported, and the
ids that they draw at random, each process has for itself.
"""
# ruff: noqa: F401 - to have been imported is all

import gc

import aiosmtplib
import argon2
import arq.worker
import asyncpg
import httpx
import joserfc.jwt
import litestar.openapi
import msgspec
import piccolo.apps.migrations.commands.forwards
import piccolo.columns
import piccolo.engine.postgres
import prometheus_client
import pywebpush
import redis.asyncio
import stripe
import structlog
import uvicorn
import websockets.asyncio.server

# A page of memory that the collector has written to is one that each process has for itself.
gc.freeze()
