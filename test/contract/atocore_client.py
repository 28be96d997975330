"""A small client of AtoCore, as an agent's skill or an operator's script has one.

Standard library only. It relies on nothing but the contract: routes, methods, field names, status
codes and tokens. Reads fail open: where no daemon answers they give UNAVAILABLE and raise nothing.
"""

import json
import urllib.error
import urllib.parse
import urllib.request

UNAVAILABLE = {"status": "unavailable", "fail_open": True}


class Refused(Exception):
    """The daemon answered, and said no: an RFC 9457 problem."""

    def __init__(self, status, problem, headers):
        super().__init__(problem.get("detail", ""))
        self.status = status
        self.problem = problem
        self.headers = headers


class AtoCore:
    """One daemon, with the token of one scope."""

    def __init__(self, url, token, prefix="", timeout=5.0):
        self.url = url.rstrip("/") + prefix
        self.token = token
        self.timeout = timeout

    def call(self, method, path, body=None, headers=None):
        """Status, body and headers of an answer. Raises Refused, or OSError where none came."""
        send = {"accept": "application/json", **(headers or {})}
        if self.token is not None:
            send["authorization"] = "Bearer " + self.token
        raw = None
        if body is not None:
            raw = json.dumps(body).encode("utf-8")
            send["content-type"] = "application/json"
        request = urllib.request.Request(self.url + path, data=raw, headers=send, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return answer.status, json.loads(answer.read()), answer.headers
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read())
            raise Refused(error.code, problem, error.headers) from None

    def read(self, method, path, body=None):
        """As call, but failing open."""
        try:
            return self.call(method, path, body)[1]
        except Refused as refused:
            if refused.status in (429, 500, 502, 503, 504):
                return UNAVAILABLE
            raise
        except (OSError, ValueError):
            return UNAVAILABLE

    # What an agent asks.

    def health(self):
        return self.read("GET", "/health")

    def projects(self):
        return self.read("GET", "/projects")

    def project_state(self, project):
        return self.read("GET", "/project/state/" + urllib.parse.quote(project, safe=""))

    def query(self, query, **more):
        return self.read("POST", "/query", {"query": query, **more})

    def context(self, prompt, **more):
        return self.read("POST", "/context/build", {"prompt": prompt, **more})

    def debug_context(self, pack=None):
        return self.read("GET", "/debug/context" + ("" if pack is None else "?id=" + pack))

    def memories(self, **filters):
        return self.read("GET", "/memory?" + urllib.parse.urlencode(filters))

    def interactions(self, **filters):
        return self.read("GET", "/interactions?" + urllib.parse.urlencode(filters))

    # What a hook sends.

    def capture(self, prompt, response, **more):
        turn = {"prompt": prompt, "response": response, "reinforce": False, **more}
        return self.call("POST", "/interactions", turn)
