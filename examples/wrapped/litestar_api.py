"""An API in Litestar that recommends only where it may."""

from litestar import Litestar, MediaType, get
from litestar.params import FromPath, FromQuery

from privacykit import PrivacyMiddleware
from privacykit.litestar import GivenPrivacy, PrivacyPlugin, requires


@get("/orders/{number:int}", media_type=MediaType.HTML, sync_to_thread=False)
def order(number: FromPath[int], privacy: GivenPrivacy) -> str:
    """Show an order."""
    return f"<h1>Order {number}</h1><p>statistics: {privacy.allows('analytics')}"


@get("/recommended", guards=[requires("ads")])
async def recommended(limit: FromQuery[int] = 3) -> list[dict[str, int]]:
    """Recommend by what was looked at before."""
    return [{"order": 1001 + n} for n in range(limit)]


litestar = Litestar([order, recommended], plugins=[PrivacyPlugin()])
app = PrivacyMiddleware(litestar)
