"""The gateway's routes, and the order in which a request is judged: key, place, rate, body, events, Kafka.

Nothing is read from who has no key, and nothing is taken while Kafka is away. Why FastAPI: it is in the tree
already, and makes the OpenAPI document from the routes, so that none is missing there. Bodies are not its
business: each event has to be judged on its own, from its bytes.
"""

from __future__ import annotations

import time

from fastapi import FastAPI, Request, Response
from starlette.middleware.cors import CORSMiddleware

from schemas.reasons import Reason
from streams.edges.gateway import openapi
from streams.edges.gateway.answers import RETRY_AFTER_S, Problem, Refused, encode
from streams.edges.gateway.body import read
from streams.edges.gateway.door import Gateway
from streams.edges.gateway.hooks import made
from streams.edges.gateway.split import CLOUD, CLOUD_BATCH, media_type, split
from streams.edges.gateway.survey import add_routes

_LOOPBACK = ("127.0.0.1", "::1")


def build(gateway: Gateway) -> FastAPI:
    """The ASGI application."""
    app = FastAPI(**openapi.ABOUT, openapi_url=None, docs_url=None, redoc_url=None, lifespan=gateway.running)
    if gateway.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.strip() for origin in gateway.settings.cors_origins],
            allow_methods=["POST"],
            allow_headers=["authorization", "content-type", "content-encoding"],
            expose_headers=["retry-after"],
            max_age=600,
        )

    @app.post("/v1/touchpoints", **openapi.TOUCHPOINTS)
    async def touchpoints(request: Request) -> Response:
        arrived_ms = time.time_ns() // 1_000_000

        async def work() -> Response:
            grant = gateway.grant(request)
            with gateway.queue.admit() as slot:
                kind = media_type(request.headers.get("content-type", ""))
                body = await gateway.body(request, grant, slot)
                try:
                    raws = split(body, kind, gateway.limits)
                except Refused as refused:
                    if refused.problem.title in (Reason.NOT_JSON, Reason.TOO_DEEP):
                        grant.charge(1)
                        await gateway.keep_unreadable(body, refused.problem, grant)
                    raise
                grant.charge(len(raws))
                cloud = kind in (CLOUD, CLOUD_BATCH)
                return await gateway.take(gateway.judge.judge(raws, grant, arrived_ms, cloud=cloud), grant)

        return await gateway.answered("touchpoints", request, work)

    @app.post("/v1/hooks/{mapping}", **openapi.HOOKS)
    async def hooks(mapping: str, request: Request) -> Response:
        arrived_ms = time.time_ns() // 1_000_000

        async def work() -> Response:
            grant = gateway.grant(request)
            with gateway.queue.admit() as slot:
                kind = media_type(request.headers.get("content-type", ""))
                converter = gateway.hooks.converter(mapping, arrived_ms)
                raws = split(await gateway.body(request, grant, slot), kind, gateway.limits)
                events, bad = made(converter, raws, grant.producer)
                grant.charge(len(events) + len(bad))
                batch = gateway.judge.judge_fields(events, grant, arrived_ms)
                for row in bad:
                    gateway.judge.refuse(batch, row.raw, row.why, "", arrived_ms)
                return await gateway.take(batch, grant)

        return await gateway.answered("hooks", request, work)

    @app.post("/v1/tokens", **openapi.TOKENS)
    async def make_token(request: Request) -> Response:
        async def work() -> Response:
            grant = gateway.grant(request, token=False)
            with gateway.queue.admit() as slot:
                grant.check_rate(time.monotonic())
                body = await read(request.receive, request.headers, slot, gateway.limits)
                request.state.read = True
                grant.charge(1)
                made_token = gateway.tokens.make(body, grant, time.time_ns() // 1_000_000)
                return Response(encode(made_token), 201, {"cache-control": "no-store"}, "application/json")

        return await gateway.answered("tokens", request, work)

    @app.get("/openapi.json", **openapi.DOCUMENT)
    async def document() -> Response:
        return Response(openapi.document(app), 200, None, "application/json")

    @app.get("/healthz", **openapi.HEALTHZ)
    async def healthz() -> Response:
        return Response(b'{"status":"ok"}', 200, None, "application/json")

    @app.get("/readyz", **openapi.READYZ)
    async def readyz() -> Response:
        if gateway.kafka.there:
            return Response(b'{"status":"ready"}', 200, None, "application/json")
        problem = Problem("kafka_away", 503, f"Kafka is away: {gateway.kafka.why_away}", RETRY_AFTER_S)
        return Response(encode(problem), 503, {"retry-after": str(RETRY_AFTER_S)}, "application/problem+json")

    @app.get("/metrics", **openapi.METRICS)
    async def metrics(request: Request) -> Response:
        async def work() -> Response:
            # Names of producers are nobody's business outside; a scraper beside the gateway needs no key.
            near = request.client is not None and request.client.host in _LOOPBACK
            if not near or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
                gateway.grant(request, token=False)
            return Response(gateway.metrics.text(), 200, None, "text/plain; version=0.0.4; charset=utf-8")

        return await gateway.answered("metrics", request, work)

    add_routes(app, gateway)
    return app
