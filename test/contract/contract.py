"""The contract as checks: each line of the answer says what was checked and what was found.

    contract.py URL AGENT_TOKEN REVIEWER_TOKEN DEAD_URL

Prints one JSON object a line: {"check", "ok", "found"}. Ends with 0 whatever was found.
"""

import json
import sys
import time
import traceback

from atocore_client import UNAVAILABLE, AtoCore, Refused

P05 = "p05-interferometer"
PROMPT = "What are the lateral supports of p05 made of?"


def has(found, *keys):
    missing = [key for key in keys if key not in found]
    assert not missing, f"missing {missing} in {sorted(found)}"


def is_list(found, *keys):
    has(found, "items", "count")
    assert isinstance(found["items"], list) and found["count"] >= len(found["items"])
    for item in found["items"]:
        has(item, *keys)


def until(ask, is_there):
    for _ in range(100):
        found = ask()
        if is_there(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"expected more, found {found} for ten seconds")


def refused(status, work):
    try:
        answer = work()
    except Refused as problem:
        assert problem.status == status, f"{problem.status}: {problem.problem}"
        kind = problem.headers.get("content-type", "")
        assert kind.startswith("application/problem+json"), kind
        has(problem.problem, "type", "title", "status", "detail")
        return problem
    raise AssertionError(f"expected {status}, found {str(answer)[:200]}")


def checks(agent, reviewer, nobody, dead):
    def health():
        found = nobody.health()
        has(found, "status", "version", "build_sha", "build_time", "build_branch", "store", "ready")
        has(found, "documents", "records", "open_conflicts_count", "queue", "watcher")
        has(found, "last_backup", "last_validation", "last_drill")
        has(found["store"], "id", "revision")
        has(found["records"], "by_status", "by_kind")
        has(found["queue"], "depth", "oldest_age_seconds")
        assert found["status"] in ("ok", "degraded") and found["ready"] is True

    def projects():
        found = agent.projects()
        is_list(found, "id", "title", "aliases", "roots")
        assert P05 in [each["id"] for each in found["items"]]

    def state_is_read():
        for name in (P05, "p05"):
            found = agent.project_state(name)
            is_list(found, "project", "category", "key", "value", "expired", "conflicts", "path")
            assert found["project"] == P05
        refused(404, lambda: agent.project_state("nobody/at all"))

    def state_is_a_reviewers():
        entry = {"project": P05, "category": "status", "key": "contract", "value": "held"}
        refused(403, lambda: agent.call("POST", "/project/state", entry))
        status, done, _ = reviewer.call("POST", "/project/state", entry)
        assert status in (200, 201), status
        has(done, "project", "category", "key", "value", "commit")
        values = {each["key"]: each["value"] for each in agent.project_state(P05)["items"]}
        assert values["contract"] == "held"
        gone = {key: entry[key] for key in ("project", "category", "key")}
        refused(403, lambda: agent.call("DELETE", "/project/state", gone))
        reviewer.call("DELETE", "/project/state", gone)
        assert "contract" not in [each["key"] for each in agent.project_state(P05)["items"]]

    def query():
        found = agent.query("lateral supports", project="p05", top_k=3)
        keys = ("score", "why", "path", "heading", "lines", "project", "kind", "status", "snippet")
        is_list(found, *keys)
        has(found, "revision")
        assert 0 < len(found["items"]) <= 3
        scores = [each["score"] for each in found["items"]]
        assert scores == sorted(scores, reverse=True)
        first, last = found["items"][0]["lines"]
        assert 1 <= first <= last
        more = agent.query("lateral supports", project="p05", top_k=3, cursor=found["next_cursor"])
        ids = [each["id"] for each in found["items"]]
        assert not set(ids) & {each["id"] for each in more["items"]}
        assert agent.query("zzzqqq")["items"] == []
        for field in ("kinds", "tags", "status"):
            value = "active" if field == "status" else ["decision"]
            is_list(agent.query("supports", **{field: value}), "score")
        refused(422, lambda: agent.query("a", top_k=10_000))

    def context():
        found = agent.context(PROMPT, project=P05, budget=1500)
        has(found, "formatted_context", "sections", "revision", "receipt", "partial")
        has(found, "total_chars", "tokens", "duration_ms", "budget")
        assert found["total_chars"] == len(found["formatted_context"]) <= 1500
        again = agent.context(PROMPT, project=P05, budget=1500)
        assert again["formatted_context"] == found["formatted_context"]
        detected = agent.context(PROMPT)
        assert detected["project"] == P05
        assert agent.context(PROMPT, budget_tokens=200)["tokens"] <= 200
        assert isinstance(agent.context(PROMPT, deadline_ms=1)["partial"], bool)

    def debug_context():
        built = agent.context(PROMPT, project=P05)
        agent.context("something else entirely")
        shown = agent.debug_context(built["id"])
        assert shown["formatted_context"] == built["formatted_context"]
        has(shown["receipt"], "included", "left_out", "revision")
        assert agent.debug_context()["id"] != built["id"]
        refused(404, lambda: agent.debug_context("ctx-none"))

    def capture():
        turn = ("Which pads did the contract choose?", "The dry ones, of GF-PTFE.")
        more = {
            "project": "p05",
            "client": "contract",
            "session_id": "s-1",
            "turn_id": "t-1",
            "memories_used": [],
            "chunks_used": [],
            "context_pack": "a field of another client",
        }
        status, first, headers = agent.call(
            "POST",
            "/interactions",
            {"prompt": turn[0], "response": turn[1], "reinforce": False, **more},
        )
        assert status == 201, status
        has(first, "id", "path", "project", "at")
        assert first["project"] == P05 and headers["location"].endswith(first["id"])
        status, again, _ = agent.capture(*turn, **more)
        assert (status, again["id"]) == (200, first["id"])
        # What was acknowledged is on disk; it shows in lists after the next commit.
        filters = {"client": "contract", "session_id": "s-1", "project": "p05"}
        listed = until(lambda: agent.interactions(**filters), lambda found: found["items"])
        is_list(listed, "id", "path", "at", "project", "client", "session_id", "prompt")
        assert [each["id"] for each in listed["items"]] == [first["id"]]
        _, whole, _ = agent.call("GET", "/interactions/" + first["id"])
        assert (whole["prompt"], whole["response"]) == turn
        assert whole["reinforce"] is False and whole["extract"] is False
        assert agent.interactions(client="contract", since="2999-01-01")["items"] == []
        _, preview, _ = agent.call(
            "POST", f"/interactions/{first['id']}/extract", {"persist": False}
        )
        assert isinstance(preview, dict)
        refused(403, lambda: reviewer.call("POST", "/interactions", {"prompt": "not a hook's token"}))
        refused(422, lambda: agent.call("POST", "/interactions", {"response": "no prompt"}))

    def memory():
        draft = {
            "kind": "knowledge",
            "project": P05,
            "subject": "contract bolts",
            "text": "The contract bolts are M6.",
        }
        status, made, _ = agent.call("POST", "/memory", draft)
        record = made["record"]
        assert status == 201 and record["status"] == "candidate"
        where = "/memory/" + record["id"]
        for act in ("promote", "reject", "invalidate", "supersede", "reinstate", "graduate"):
            refused(403, lambda act=act: agent.call("POST", f"{where}/{act}", {}))
        refused(403, lambda: agent.call("PUT", where, {"text": "Others."}))
        refused(403, lambda: agent.call("POST", "/memory", {**draft, "status": "active"}))
        found = agent.memories(project="p05", status="candidate", kind="knowledge")
        keys = ("id", "kind", "project", "status", "text", "confidence", "tags", "path", "origins")
        is_list(found, *keys)
        assert record["id"] in [each["id"] for each in found["items"]]
        is_list(agent.memories(min_confidence="0.5", tags="none-such"), "id")
        stale = {"if-match": '"' + "0" * 40 + '"'}
        refused(412, lambda: reviewer.call("POST", where + "/promote", {}, stale))
        note = {"note": "by contract"}
        present = {"if-match": f'"{made["oid"]}"'}
        _, active, _ = reviewer.call("POST", where + "/promote", note, present)
        assert active["record"]["status"] == "active" and active["commit"]
        refused(409, lambda: reviewer.call("POST", where + "/promote", note))
        _, one, headers = agent.call("GET", where)
        assert one["status"] == "active" and headers["etag"].strip('"') == one["oid"]
        reviewer.call("PUT", where, {"text": "The contract bolts are M8.", "tags": ["bolts"]})
        assert agent.call("GET", where)[1]["tags"] == ["bolts"]
        _, audit, _ = agent.call("GET", where + "/audit")
        assert len(audit["items"]) >= 3, audit
        reviewer.call("POST", where + "/invalidate", note)
        assert agent.call("GET", where)[1]["status"] == "invalid"
        refused(404, lambda: agent.call("GET", "/memory/kno-000000000000"))

    def once_by_key():
        key = {"idempotency-key": "contract-key-1"}
        draft = {
            "kind": "knowledge",
            "project": P05,
            "subject": "keyed",
            "text": "This is proposed once by its key.",
        }
        first = agent.call("POST", "/memory", draft, key)[1]
        assert agent.call("POST", "/memory", draft, key)[1]["record"]["id"] == first["record"]["id"]

    def tokens():
        refused(401, lambda: nobody.projects())
        refused(401, lambda: AtoCore(agent.url, "no such token").projects())

    def versioned():
        v1 = AtoCore(agent.url, agent.token, prefix="/v1")
        assert v1.projects()["count"] == agent.projects()["count"]
        assert v1.context(PROMPT)["formatted_context"] == agent.context(PROMPT)["formatted_context"]

    def fails_open():
        away = AtoCore(dead, agent.token, timeout=1.0)
        answers = [
            away.health(),
            away.projects(),
            away.project_state(P05),
            away.query("a"),
            away.context("a"),
            away.debug_context(),
            away.memories(),
            away.interactions(),
        ]
        assert answers == [UNAVAILABLE] * len(answers)

    return [value for value in locals().values() if callable(value)]


def main(url, agent_token, reviewer_token, dead):
    agent, reviewer = AtoCore(url, agent_token), AtoCore(url, reviewer_token)
    for check in checks(agent, reviewer, AtoCore(url, None), dead):
        ok, found = True, ""
        try:
            check()
        except Exception:
            ok, found = False, traceback.format_exc()
        print(json.dumps({"check": check.__name__, "ok": ok, "found": found}))


main(*sys.argv[1:5])
