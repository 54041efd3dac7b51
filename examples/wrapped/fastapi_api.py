"""An API in FastAPI that recommends only where it may."""

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse

from privacykit import PrivacyMiddleware
from privacykit.fastapi import GivenPrivacy, requires

app = FastAPI()


@app.get("/orders/{number}", response_class=HTMLResponse)
async def order(number: int, privacy: GivenPrivacy) -> str:
    """Show an order."""
    return f"<h1>Order {number}</h1><p>statistics: {privacy.allows('analytics')}"


@app.get("/recommended", dependencies=[Depends(requires("ads"))])
async def recommended(limit: int = 3) -> list[dict[str, int]]:
    """Recommend by what was looked at before."""
    return [{"order": 1001 + n} for n in range(limit)]


app.add_middleware(PrivacyMiddleware)
