import Sync
import Testing
import Wire

@testable import Screen

/// The commands about what was sent, what waits, and what was answered.
@Suite struct PromptCommandTests {
    private static func question(_ key: RequestKey, _ title: String) -> Question {
        let options: JSON = [
            ["optionId": "o-1", "name": "Allow once", "kind": "allow_once"],
            ["optionId": "o-2", "name": "Reject", "kind": "reject_once"],
        ]
        return Question(
            key: key, turn: "t", method: Method.requestPermission,
            params: ["toolCall": ["toolCallId": "c", "title": .string(title), "kind": "execute"], "options": options])
    }

    private static func answer(_ key: RequestKey, _ option: String, user: String? = nil) -> Entry.Body {
        .event(
            .requestResolved(
                Question.Resolution(
                    key: key, answer: ["outcome": ["outcome": "selected", "optionId": .string(option)]], by: nil,
                    user: user, address: user.map { _ in "192.0.2.7" })))
    }

    private func enter(_ text: String, _ screen: inout Fixture) -> [Command] {
        screen.type(text)
        return screen.press(.enter)
    }

    @Test func permissionsAreListedNewestFirst() {
        var screen = Fixture()
        for number in 1...(Decisions.kept + 3) {
            let key = RequestKey("q\(number)")
            screen.arrive(.event(.request(Self.question(key, "call \(number)\u{1B}[31m"))))
            screen.arrive(Self.answer(key, number % 2 == 0 ? "o-1" : "o-2", user: "carol"))
        }
        screen.arrive(.event(.request(Self.question("open", "rm -r build"))))
        _ = enter("/permissions", &screen)
        let text = screen.text
        #expect(text.contains { $0.contains("waits for you") && $0.contains("rm -r build") })
        #expect(text.contains { $0.contains("Reject") && $0.contains("call 67, by carol from 192.0.2.7") })
        #expect(screen.model.activity.decisions.made.count == Decisions.kept)
    }

    @Test func theQueueIsShown() {
        var screen = Fixture()
        _ = enter("/queue", &screen)
        #expect(screen.text.contains { $0.contains("Everything that was sent is confirmed") })
        screen.press(.escape)
        screen.send(
            .outbox([
                OutboxItem(id: "1", content: [.text("first")], createdAt: screen.wallClock),
                OutboxItem(id: "2", content: [.text("no")], createdAt: screen.wallClock, state: .refused("it is full")),
            ]))
        _ = enter("/queue", &screen)
        #expect(screen.text.contains { $0.contains("waits: first") })
        #expect(screen.text.contains { $0.contains("not accepted: it is full: no") })
        #expect(enter("/retry", &screen) == [], "the one that was not accepted comes first")
        #expect(screen.text.last?.contains("takes it back") == true)
    }

    @Test func theLastPromptIsSentAgainUnlessATurnRuns() {
        var screen = Fixture()
        #expect(enter("/retry", &screen) == [])
        #expect(screen.text.last?.contains("Nothing was sent yet") == true)
        screen.press(.control("c"))
        _ = enter("fix it", &screen)
        #expect(enter("/retry", &screen).contains(.send("fix it")))
        screen.arrive(.event(.turnStart("t", prompt: "u")))
        #expect(!enter("/retry", &screen).contains(.send("fix it")))
        #expect(screen.text.last?.contains("A turn runs") == true)
    }

    @Test func theLastPartInViewIsWritten() {
        var screen = Fixture()
        #expect(enter("/write a.txt", &screen) == [])
        screen.press(.control("c"))
        screen.arrive(.agent("See:\n\n```sh\nmake test\n```\n"))
        #expect(enter("/write ~/a.sh", &screen).contains(.write("make test\n", what: "sh code, 1 line", to: "~/a.sh")))
    }

    @Test func shiftTabTakesTheNextMode() {
        var screen = Fixture()
        #expect(screen.press(.backTab) == [])
        #expect(screen.text.last?.contains("has no modes") == true)
        let mode = { (current: String) -> Entry.Body in
            .update(
                .other([
                    "sessionUpdate": "config_option_update",
                    "configOptions": [
                        [
                            "id": "mode", "name": "Mode", "type": "select", "category": "mode",
                            "currentValue": .string(current),
                            "options": [["value": "ask", "name": "Ask"], ["value": "auto", "name": "Auto"]],
                        ]
                    ],
                ]))
        }
        screen.arrive(mode("ask"))
        #expect(screen.press(.backTab) == [.set(.option("mode", "auto"))])
        #expect(screen.text.last?.contains("Mode: Auto") == true)
        screen.arrive(mode("auto"))
        #expect(screen.press(.backTab) == [.set(.option("mode", "ask"))], "from the last to the first")
    }
}
