import Sync
import Testing
import Wire

@testable import Screen

/// The table of commands, and what is typed into the input for them.
@Suite struct CommandTests {
    @Test func everyCommandHasNamesOfItsOwnAndOneLineOfHelp() {
        let names = SlashCommand.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
        #expect(SlashCommand.all.map(\.name) == SlashCommand.all.map(\.name).sorted())
        for command in SlashCommand.all {
            #expect(SlashCommand.named(command.name)?.name == command.name)
            #expect(!command.help.isEmpty && !command.help.hasSuffix(".") && !command.help.contains("\n"))
        }
    }

    @Test func whatIsMissingOrTooMuchIsSaidAndNothingIsLost() {
        for (text, said) in [("/agent ", "/agent NAME: start a new chat"), ("/new idea", "takes nothing after it")] {
            var screen = Fixture()
            screen.press(.paste(text))
            #expect(screen.press(.enter) == [])
            #expect(screen.model.editor.text == text)
            #expect(screen.text.last?.contains(said) == true, "\(text)")
        }
    }

    @Test func modesAndModelsAreShownAndChosen() {
        var screen = Fixture()
        screen.type("/model small")
        #expect(screen.press(.enter) == [], "nothing is offered yet")
        #expect(screen.text.last?.contains("offers no model to choose") == true, "\(screen.text)")
        let model: JSON = [
            "id": "llm", "name": "Model", "category": "model", "type": "select", "currentValue": "l",
            "options": [
                ["value": "l", "name": "Large"], ["value": "s", "name": "Small \u{1B}[31m", "description": "quick"],
            ],
        ]
        let web: JSON = ["id": "web", "name": "Web", "type": "boolean", "currentValue": false]
        _ = screen.send(.entries([screen.entry(.update(ConfigOption.update([model, web])))]))
        #expect(screen.press(.enter).last == .set(.option("llm", "s")))
        screen.type("/model")
        #expect(screen.press(.enter) == [.saveDraft("")])
        #expect(screen.text.contains { $0.contains("Model: Large") } && screen.text.contains { $0.contains("quick") })
        _ = screen.press(.escape)
        screen.type("/model huge")
        #expect(screen.press(.enter) == [])
        #expect(screen.text.last?.contains("Model is one of: Large, Small") == true)
        screen.model.editor.replace(with: "/config web on")
        #expect(screen.press(.enter) == [.saveDraft(""), .set(.option("web", true))])
        // Another chat offers what it offers.
        _ = screen.send(.offers(SessionState.Agent()))
        #expect(screen.model.options.isEmpty)
    }

    @Test func whatIsTypedIsCompleted() {
        var screen = Fixture()
        screen.type("/s")
        #expect(screen.text.contains { $0.hasPrefix(" ▸ /sessions") })
        #expect(screen.press(.tab) == [.saveDraft("/sessions")])
        #expect(screen.press(.enter) == [.saveDraft(""), .listSessions])

        // What is highlighted is what Enter takes.
        screen.type("/qui")
        #expect(screen.press(.enter) == [.saveDraft("/quit"), .saveDraft(""), .quit])

        // An argument is waited for.
        screen.type("/ag")
        #expect(screen.press(.enter) == [.saveDraft("/agent ")])
        screen.type("x")
        #expect(screen.press(.enter) == [.saveDraft(""), .newSession(agent: "x")])

        // The names of other clients.
        screen.type("/cl")
        #expect(screen.text.contains { $0.hasPrefix(" ▸ /clear") })
        #expect(screen.press(.enter) == [.saveDraft("/clear"), .saveDraft(""), .newSession(agent: nil)])
    }

    @Test func arrowsChooseAndEscapeCloses() {
        var screen = Fixture()
        screen.type("/")
        let count = SlashCommand.all.count
        #expect(screen.model.completion?.candidates.count == count)
        screen.press(.up)
        #expect(screen.model.completion?.selected == count - 1)
        screen.press(.down, .down)
        #expect(screen.model.completion?.selected == 1)
        #expect(screen.press(.escape) == [], "the turn goes on")
        #expect(screen.model.completion == nil)
        screen.type("q")
        #expect(screen.model.completion == nil, "it stays closed for this word")
        screen.press(.control("u"))
        screen.type("/")
        #expect(screen.model.completion != nil)
        #expect(screen.press(.backspace) == [.saveDraft("")])
        #expect(screen.model.completion == nil)
    }

    @Test func textThatIsNoCommandIsNotCompleted() {
        for text in ["//", "/etc/hosts", "a /new", "/new\nb", " /new"] {
            var screen = Fixture()
            screen.press(.paste(text))
            #expect(screen.model.completion == nil, "\(text)")
        }
    }

    // MARK: The agent's own

    private static let announcement: JSON = [
        "sessionUpdate": "available_commands_update",
        "availableCommands": [
            ["name": "review", "description": "Review \u{1B}[31mthe changes", "input": ["hint": "what to look at"]],
            ["name": "quit", "description": "Leave the agent"], ["name": "two words"], ["name": "\u{202E}x"],
            ["description": "no name"],
        ],
    ]

    @Test func commandsOfTheAgentAreSentToIt() {
        var screen = Fixture()
        screen.arrive(.update(.other(Self.announcement)))
        screen.type("/rev")
        #expect(screen.text.contains { $0.hasPrefix(" ▸ /review what to look at  build-agent: Review the changes") })
        screen.press(.tab)
        #expect(screen.model.editor.text == "/review ")
        screen.type("all")
        #expect(screen.press(.enter) == [.send("/review all"), .saveDraft("")])
        screen.press(.up)
        #expect(screen.model.completion == nil, "the arrows go through what was sent")
    }

    @Test func aCommandOfTheAgentWithANameOfOursHasTwoSlashes() {
        var screen = Fixture()
        screen.arrive(.update(.other(Self.announcement)))
        #expect(screen.model.agentCommands.map(\.typed) == ["/review", "//quit"])
        screen.type("/qui")
        screen.press(.down, .tab)
        #expect(screen.model.editor.text == "//quit")
        #expect(screen.press(.enter) == [.send("/quit"), .saveDraft("")])
        screen.send(.opened(title: "other", folder: "", agent: "other"))
        #expect(screen.model.agentCommands.isEmpty)
    }

    @Test func anAgentWithTooManyCommandsHasTheFirst() {
        var screen = Fixture()
        let many = (0..<1_000).map { JSON.object(of: ["name": .string("c\($0)")]) }
        screen.arrive(
            .update(.other(["sessionUpdate": "available_commands_update", "availableCommands": .array(many)])))
        #expect(screen.model.agentCommands.count == AgentCommand.maximum)
    }

    // MARK: Help

    @Test func theHelpPageIsReadWhileTyping() {
        var screen = Fixture(rows: 12)
        screen.converse()
        let before = screen.text
        screen.press(.function(1))
        #expect(screen.text[1] == " Keys")
        screen.type("x")
        #expect(screen.text[1] == " Keys" && screen.model.editor.text == "x")
        screen.press(.backspace, .end)
        #expect(screen.text.contains { $0.contains("//TEXT") })
        screen.press(.home, .pageDown, .up)
        #expect(screen.text[1] != " Keys")
        #expect(screen.press(.escape) == [])
        #expect(screen.text == before)
    }

    @Test func theHelpPageHasEveryKeyAndCommand() {
        var screen = Fixture(rows: 100)
        screen.arrive(.update(.other(Self.announcement)))
        screen.type("/help")
        screen.press(.enter)
        for term in KeyHelp.all.flatMap(\.keys) + SlashCommand.all.map(\.usage) + ["/review what to look at"] {
            #expect(screen.text.contains { $0.contains(term) }, "\(term)")
        }
    }
}
