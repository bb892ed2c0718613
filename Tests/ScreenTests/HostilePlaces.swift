import Sync
import Wire

@testable import Screen

/// A place where a peer, a file name or the user can put a text on the screen.
struct HostilePlace: Sendable {
    let name: String
    /// Makes a screen show the text there, between the messages "above" and "below".
    let show: @Sendable (inout Fixture, String) -> Void

    private init(_ name: String, _ show: @escaping @Sendable (inout Fixture, String) -> Void) {
        (self.name, self.show) = (name, show)
    }

    private static func entries(_ name: String, _ bodies: @escaping @Sendable (String) -> [Entry.Body]) -> HostilePlace
    {
        HostilePlace(name) { screen, text in for body in bodies(text) { screen.arrive(body) } }
    }

    static let all: [HostilePlace] = said + tools + work + connection + questions + lists

    static func named(_ name: String) -> HostilePlace? { all.first { $0.name == name } }

    // MARK: The conversation

    private static let said: [HostilePlace] = [
        entries("answer") { [.agent($0)] }, entries("thought") { [.thought($0)] },
        entries("prompt") { [.user($0, "h")] },
        entries("list item") { [.agent("- one\n- \($0)\n")] }, entries("quote") { [.agent("> \($0)")] },
        entries("heading") { [.agent("# \($0)")] }, entries("code span") { [.agent("so `\($0)` it is")] },
        entries("info string") { [.agent("```\($0)\ncode\n```")] },
        entries("code") { [.agent("```swift\n\($0)\n```")] },
        entries("cell") { [.agent("| a | b |\n|---|---|\n| \($0) | c |")] },
        entries("link target") { [.agent("[here](https://example.com/\($0))")] },
        entries("link in brackets") { [.agent("[here](<https://example.com/\($0)> \"\($0)\")")] },
        entries("picture") { [.agent("![\($0)](https://example.com/\($0))")] },
        HostilePlace("notice") { $0.send(.notice($1)) },
    ]

    private static let tools: [HostilePlace] = [
        entries("tool title") { [.tool("h", .execute, $0)] }, entries("title of an edit") { [.tool("h", .edit, $0)] },
        entries("tool output") {
            [.tool("h", .execute, "make"), .toolEnd("h", .failed, content: [ToolCall.textContent($0)])]
        },
        entries("live tail") {
            let tail = ToolCall(id: "h", content: [ToolCall.textContent("first\n\($0)")])
            return [.tool("h", .execute, "make"), .update(.toolCallUpdate(tail))]
        },
        entries("path and diff") { text in
            let diff: JSON = [
                "type": "diff", "path": .string(text), "oldText": .string("\(text) a"),
                "newText": .string("b \(text)"),
            ]
            return [.tool("h", .edit, "edit"), .toolEnd("h", content: [diff, diff])]
        },
    ]

    // MARK: What the agent does

    private static let work: [HostilePlace] = [
        entries("plan entry") { [.plan(done: 1, of: "one", $0, "three")] },
        entries("end of a turn") { [.event(.turnEnd("turn", .failed($0)))] },
        entries("standard error of the agent") { [.event(.agentExit(AgentExit(code: 1, lines: [$0, "last"])))] },
        entries("cost") {
            [
                .update(
                    .other([
                        "sessionUpdate": "usage_update", "used": 10, "size": 100,
                        "cost": ["amount": 1, "currency": .string($0)],
                    ]))
            ]
        },
        HostilePlace("memory") { screen, text in
            screen.send(.memory([text: .string(text)]))
            screen.type("/memory")
            screen.press(.escape, .enter)
        },
        HostilePlace("option") { screen, text in
            let option: JSON = [
                "id": .string("o" + text), "name": .string(text), "category": "model", "type": "select",
                "currentValue": .string(text),
                "options": [["value": .string(text), "name": .string(text), "description": .string(text)]],
            ]
            screen.arrive(.update(ConfigOption.update([option])))
            screen.type("/model")
            screen.press(.escape, .enter)
        },
        HostilePlace("option as a choice") { screen, text in
            let option: JSON = [
                "id": "m", "name": "Model", "category": "model", "type": "select", "currentValue": "x",
                "options": [["value": "x", "name": .string(text), "description": .string(text)]],
            ]
            screen.arrive(.update(ConfigOption.update([option])))
            screen.type("/model ")
        },
        HostilePlace("command of the agent") { screen, text in
            let command: JSON = [
                "name": .string("zz" + text), "description": .string(text), "input": ["hint": .string(text)],
            ]
            let commands: JSON = [
                "sessionUpdate": "available_commands_update",
                "availableCommands": [command, ["name": "zoo", "description": "harmless"]],
            ]
            screen.arrive(.update(.other(commands)))
            screen.type("/z")
        },
    ]

    // MARK: The connection

    private static let connection: [HostilePlace] = [
        HostilePlace("title") { $0.send(.opened(title: $1, folder: "~/src/shop", agent: "build-agent")) },
        HostilePlace("folder") { $0.send(.opened(title: "fix", folder: $1, agent: "build-agent")) },
        HostilePlace("agent") { $0.send(.opened(title: "fix", folder: "~", agent: $1)) },
        HostilePlace("branch and token") { $0.send(.surroundings(branch: $1, token: $1)) },
        HostilePlace("error while offline") { screen, text in
            let state = ConnectionStatus.State.offline(since: screen.now, attempt: 2, retryAt: screen.now + .seconds(3))
            screen.send(.connection(ConnectionStatus(state: state, lastFailure: text)))
        },
        HostilePlace("error of the server") { $0.send(.connection(ConnectionStatus(state: .stopped($1)))) },
        HostilePlace("refused login") { screen, text in
            var status = ConnectionStatus(state: .stopped(text))
            status.needsLogin = true
            screen.send(.connection(status))
        },
        HostilePlace("names of the agents") { screen, text in
            var status = ConnectionStatus(state: .live)
            status.agents = [text, "z" + text]
            screen.send(.connection(status))
            screen.type("/agent ")
        },
        HostilePlace("refused prompt") { screen, text in
            let item = OutboxItem(
                id: "c1", content: [.text("a prompt")], createdAt: Fixture.half, state: .refused(text))
            screen.send(.outbox([item]))
        },
        HostilePlace("network") { screen, text in
            screen.send(.path(NetworkPath(interface: text, address: text)))
            screen.send(.path(NetworkPath(interface: "x" + text, address: text)))
            screen.type("/net")
            screen.press(.escape, .enter)
        },
    ]

    // MARK: Questions

    private static func permission(_ call: [JSON.Member], option: String = "Allow once") -> Entry.Body {
        .event(
            .request(
                Question(
                    key: "q", turn: "turn", method: Method.requestPermission,
                    params: [
                        "toolCall": .object([JSON.Member("toolCallId", "c")] + call),
                        "options": [
                            ["optionId": "once", "name": .string(option), "kind": "allow_once"],
                            ["optionId": "no", "name": "Reject", "kind": "reject_once"],
                        ],
                    ])))
    }

    private static func form(_ text: String) -> Entry.Body {
        let fields: JSON = .object(
            ["string", "boolean", "integer"].map { type in
                let field: JSON = [
                    "type": .string(type), "title": .string(text), "description": .string(text),
                    "default": .string(text),
                ]
                return JSON.Member(type + text, field)
            } + [
                JSON.Member("choice", ["type": "string", "enum": [.string(text)], "default": .string(text)])
            ])
        return .event(
            .request(
                Question(
                    key: "q", turn: "turn", method: Method.createElicitation,
                    params: [
                        "mode": "form", "message": .string(text),
                        "requestedSchema": ["type": "object", "properties": fields],
                    ])))
    }

    private static let questions: [HostilePlace] = [
        entries("question") { [permission([.init("title", .string($0)), .init("kind", "execute")])] },
        entries("kind of a question") { [permission([.init("title", "t"), .init("kind", .string($0))])] },
        entries("answer to choose") { [permission([.init("title", "t")], option: $0)] },
        entries("change to allow") {
            let diff: JSON = [
                "type": "diff", "path": .string($0), "oldText": .string($0), "newText": .string("x" + $0),
            ]
            return [permission([.init("title", "t"), .init("content", [diff])])]
        },
        entries("form") { [form($0)] },
        HostilePlace("form with the keys") { screen, text in
            screen.arrive(form(text))
            screen.focusQuestion()
            screen.press(.paste(text))
        },
        entries("address to open") {
            [
                .event(
                    .request(
                        Question(
                            key: "q", turn: "turn", method: Method.createElicitation,
                            params: ["mode": "url", "message": .string($0), "url": .string($0)])))
            ]
        },
    ]

    // MARK: Lists and the input

    private static func item(_ text: String, _ number: Int, server: String? = nil) -> SessionItem {
        SessionItem(
            key: "\(number)", title: text, folder: text, agent: text, server: server, usedAt: Fixture.half,
            isCurrent: false, isExpired: number == 2, waiting: number)
    }

    private static let lists: [HostilePlace] = [
        HostilePlace("chats") { screen, text in
            screen.send(.sessions([item(text, 0), item(text, 1, server: text), item(text, 2)]))
            screen.send(.preview(SessionPreview(key: "0", said: [.init(isUsers: true, text: text)])))
        },
        HostilePlace("chats beside the transcript") { screen, text in
            screen.send(.chats([item(text, 0), item(text, 1), item(text, 2)]))
        },
        HostilePlace("what was found") { screen, text in
            screen.press(.control("f"))
            screen.type("x")
            let found = FoundText(
                key: "k", isHere: false, title: text, server: text, seq: 1, timestamp: 0, isUsers: false, text: text)
            screen.send(.found([found], words: "x", isHere: true, isComplete: true))
        },
        HostilePlace("earlier prompts") { screen, text in
            screen.send(.prompts(ofChat: [text], everywhere: [text]))
            screen.press(.control("r"))
        },
        HostilePlace("file name") { screen, text in
            screen.type("@")
            // A name that is not what it would be shown as is not offered.
            screen.send(.files([text, "x/" + text, "harmless"]))
        },
        HostilePlace("paste") { $0.press(.paste($1)) }, HostilePlace("draft") { $0.send(.draft($1)) },
        HostilePlace("queued prompt") { screen, text in
            screen.send(
                .outbox([OutboxItem(id: "c1", content: [.text(text)], createdAt: Fixture.half, state: .pending)]))
        },
        HostilePlace("empty chat") { screen, text in
            screen.send(.opened(title: "fix", folder: text, agent: text))
            screen.send(.replaced([], hasMore: false))
            let recent = Welcome.Recent(title: text, folder: text, usedAt: Fixture.half)
            let folder = FolderFacts(names: ["README.md", text], isRepository: true, branch: text)
            screen.send(.welcome(Welcome(folder: folder, recent: [recent], installed: [text])))
        },
    ]
}
