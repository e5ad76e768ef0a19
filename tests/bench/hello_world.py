"""FastAPI's hello world, as its documentation has it: what the gateway is measured against."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def root() -> dict[str, str]:
    return {"message": "Hello World"}
