import Testing
import Wire

@testable import Screen

/// The first row: what the chat is called, and what it leaves room for.
@Suite struct HeaderTests {
    private func item(_ title: String?, isCurrent: Bool = true) -> SessionItem {
        SessionItem(
            key: "key-\(isCurrent)", session: "s", title: title, folder: "~/src/shop", usedAt: Fixture.half,
            isCurrent: isCurrent, waiting: 0)
    }

    @Test func aChatHasItsFoldersNameUntilItHasATitle() {
        var screen = Fixture()
        screen.send(.opened(title: nil, folder: "~/src/shop", agent: "librarian"))
        #expect(screen.text[0].hasPrefix(" shop  librarian  ~/src/shop"))
        screen.send(.chats([item(nil), item("Another", isCurrent: false)]))
        #expect(screen.text[0].hasPrefix(" shop  librarian"))
        screen.send(.chats([item("Why is the cart empty?"), item("Another", isCurrent: false)]))
        #expect(screen.text[0].hasPrefix(" Why is the cart empty?  librarian"))
        #expect(screen.model.windowTitle == "Why is the cart empty? - belay")
        screen.send(.chats([item("Cart"), item("Another", isCurrent: false)]))
        #expect(screen.text[0].hasPrefix(" Cart  librarian"))
        screen.send(.chats([item("Another", isCurrent: false)]))
        #expect(screen.text[0].hasPrefix(" Cart  librarian"), "a list without it says nothing of it")
    }

    @Test(arguments: [("~", "~"), ("/", "/"), ("/srv/a b/", "a b"), ("", "")])
    func theNameOfAFolder(_ folder: String, _ name: String) {
        var screen = Fixture()
        screen.send(.opened(title: nil, folder: folder, agent: "a"))
        #expect(screen.model.title == name)
    }

    @Test func aLongTitleLeavesRoomForTheAgentAndTheFolder() {
        let title = "The login test fails when the network drops, and only on slow machines. Please fix it"
        for columns in 20...140 {
            var screen = Fixture(columns: columns)
            screen.send(.surroundings(branch: "fix/login-retry", token: ""))
            screen.send(.opened(title: title, folder: "~/src/shop", agent: "librarian"))
            let row = screen.text[0]
            #expect(row.contains("The "), "\(columns)")
            #expect(row.contains("librarian") == (columns >= 40), "\(columns): \(row)")
            #expect(row.contains("~/src/shop") == (columns >= 52), "\(columns): \(row)")
            #expect(row.contains("The login test fail") || columns < 29, "\(columns): \(row)")
            #expect(!row.contains("fix/login-retry") || row.contains(title), "\(columns): \(row)")
        }
    }

    @Test func theNumberOfChatsIsSaidFrom80Columns() {
        for columns in [79, 80] {
            var screen = Fixture(columns: columns)
            screen.send(.chats([item("Cart"), item("Another", isCurrent: false)]))
            #expect(screen.text[0].contains("2 sessions") == (columns == 80))
        }
    }
}
