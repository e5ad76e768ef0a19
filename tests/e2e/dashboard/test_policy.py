"""The strict content security policy, and that breaking it would not go unnoticed: `Visitor.check` relies on it."""

import httpx


def test_the_policy_allows_nothing_but_the_pages_own(system):
    policy = httpx.get(f"{system.endpoints['edge']}/").headers["Content-Security-Policy"]
    directives = {name: set(sources) for name, *sources in (part.split() for part in policy.split(";"))}
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == {"'none'"}
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == {"'self'"}
    assert set().union(*directives.values()) <= {"'none'", "'self'", "blob:", "data:"}


def test_visitor_reports_what_the_policy_refused(visitor):
    page = visitor.sign_in("uploader")
    for harm in (
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = 1' }))",
        "document.body.setAttribute('style', 'color: red')",
        "new Image().src = 'https://elsewhere.invalid/pixel.png'",
    ):
        with page.expect_console_message(lambda message: "refused by the policy" in message.text):
            page.evaluate(harm)
    assert {problem.split()[5] for problem in visitor.problems if "refused by the policy" in problem} == {
        "script-src-elem",
        "style-src-attr",
        "img-src",
    }
    visitor.problems.clear()


def test_visitor_reports_requests_to_other_origins(visit):
    visitor = visit(bypass_csp=True)
    page = visitor.sign_in("uploader")
    with page.expect_request("https://elsewhere.invalid/pixel.png"):
        page.evaluate("new Image().src = 'https://elsewhere.invalid/pixel.png'")
    assert visitor.problems == ["loaded from elsewhere: https://elsewhere.invalid/pixel.png"]
    visitor.problems.clear()
