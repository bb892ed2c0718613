import Testing

@testable import Screen

@Suite struct ThemeTests {
    private func theme(
        roles: [String: String] = [:], palette: ThemeTable = [:], more: ThemeTable = [:],
        appearance: Theme.Appearance = .dark
    ) throws(ThemeError) -> Theme {
        var table: ThemeTable = [
            "schema": .integer(1), "roles": .table(roles.mapValues { .string($0) }), "palette": .table(palette),
        ]
        table.merge(more) { $1 }
        return try Theme(table, on: Canvas(appearance: appearance))
    }

    @Test func theShippedThemeUsesTheTerminalsOwnColoursOnly() throws {
        let theme = try Theme(TerminalTheme.table("terminal"))
        #expect(theme.name == "terminal")
        for role in Role.allCases {
            for color in [theme[role].foreground, theme[role].background] {
                switch color {
                case .default: break
                case .palette(let index): #expect(index < 16, "\(role)")
                case .rgb: Issue.record("\(role) has a colour of its own")
                }
            }
        }
        let states = [theme[.statusLive], theme[.statusRetry], theme[.statusOffline]]
        #expect(Set(states).count == 3)
        #expect(theme[.diffAdd] != theme[.diffRemove])
    }

    @Test func aMissingRoleTakesItsParent() throws {
        let theme = try theme(roles: ["text": "white on black", "diff": "blue", "status": "+bold"])
        #expect(theme[.diffAdd] == Style(foreground: .palette(4), background: .palette(0)))
        #expect(theme[.statusLive] == Style(foreground: .palette(7), background: .palette(0), attributes: .bold))
        #expect(theme[.user] == Style(foreground: .palette(7), background: .palette(0)))
    }

    @Test(arguments: [
        ("#0a1B2c", Color.rgb(red: 10, green: 27, blue: 44)), ("0", .palette(0)), ("255", .palette(255)),
        ("bright-black", .palette(8)), ("default", .default), ("sea", .palette(6)), ("@surface", .palette(235)),
    ])
    func colours(text: String, expected: Color) throws {
        let theme = try theme(
            roles: ["text": text], palette: ["sea": .string("cyan")],
            more: ["surface": .table(["dark": .integer(235), "light": .integer(255)])])
        #expect(theme[.text].foreground == expected)
    }

    @Test func variantsFollowTheAppearance() throws {
        let ink: ThemeTable = [
            "ink": .table([
                "dark": .string("#ffffff"), "light": .string("black"), "c256": .table(["dark": .integer(15)]),
                "c16": .string("white"),
            ])
        ]
        #expect(
            try theme(roles: ["text": "ink"], palette: ink)[.text].foreground == .rgb(red: 255, green: 255, blue: 255))
        #expect(try theme(roles: ["text": "ink"], palette: ink, appearance: .light)[.text].foreground == .palette(0))
    }

    @Test func aRoleMayLookLikeAnother() throws {
        let theme = try theme(roles: ["text.muted": "blue +dim", "status.latency": "text.muted"])
        #expect(theme[.statusLatency] == Style(foreground: .palette(4), attributes: .dim))
    }

    @Test func aThemeExtendsAnother() throws {
        let parent: ThemeTable = [
            "name": .string("parent"), "palette": .table(["sea": .string("cyan"), "sand": .string("yellow")]),
            "roles": .table(["text": .string("white"), "user": .string("sea"), "link": .string("sand")]),
        ]
        let child: ThemeTable = [
            "extends": .string("parent"), "palette": .table(["sea": .string("blue")]),
            "roles": .table(["text": .string("red")]),
        ]
        let theme = try Theme(child.extending(parent))
        #expect(theme.name == "parent")
        #expect(theme[.user].foreground == .palette(4), "the parent's role with the child's colour")
        #expect(theme[.link].foreground == .palette(3))
        #expect(theme[.agent].foreground == .palette(1))
        // A section that is no table is the child's mistake, and is not hidden by the parent's.
        #expect(throws: ThemeError.wrongKind(key: "palette", expected: "a table")) {
            try Theme((["palette": .integer(1)] as ThemeTable).extending(parent))
        }
    }

    @Test func withoutColoursTheAttributesStay() throws {
        for name in TerminalTheme.names {
            let table = try TerminalTheme.table(name)
            let (theme, mono) = (try Theme(table), try Theme(table, on: Canvas(depth: .mono)))
            for role in Role.allCases { #expect(mono[role] == Style(attributes: theme[role].attributes), "\(role)") }
        }
    }

    @Test func glyphsAreChecked() throws {
        let spark: ThemeTable = ["glyphs": .table(["set": .string("ascii"), "spark": .string("12345678")])]
        let theme = try theme(more: spark)
        #expect(theme.glyphSet == .ascii && theme.spark == ["1", "2", "3", "4", "5", "6", "7", "8"])
        for bad in ["1234567", "123456789", "1234567中", "1234567\u{301}", "1234567\u{7}"] {
            #expect(throws: ThemeError.badGlyphs(key: "glyphs.spark", text: bad.paintedLine)) {
                try self.theme(more: ["glyphs": .table(["spark": .string(bad)])])
            }
        }
    }

    @Test(
        arguments: [
            (["nme": .string("x")], ThemeError.unknownKey("nme")),
            (["schema": .integer(2)], .schema(2)),
            (["schema": .string("1")], .wrongKind(key: "schema", expected: "an integer")),
            (["name": .integer(1)], .wrongKind(key: "name", expected: "a string")),
            (["roles": .string("")], .wrongKind(key: "roles", expected: "a table")),
            (["roles": .table(["txt": .string("red")])], .unknownRole("roles.txt")),
            (["roles": .table(["text": .integer(1)])], .wrongKind(key: "roles.text", expected: "a string")),
            (["roles": .table(["text": .string("rod")])], .badColor(key: "roles.text", text: "rod")),
            (["roles": .table(["text": .string("256")])], .badColor(key: "roles.text", text: "256")),
            (["roles": .table(["text": .string("#12345")])], .badColor(key: "roles.text", text: "#12345")),
            (["roles": .table(["text": .string("#+12345")])], .badColor(key: "roles.text", text: "#+12345")),
            (["roles": .table(["text": .string("red blue")])], .badColor(key: "roles.text", text: "blue")),
            (["roles": .table(["text": .string("red on")])], .badColor(key: "roles.text", text: "red on")),
            (["roles": .table(["text": .string("red +bald")])], .badAttribute(key: "roles.text", text: "+bald")),
            (["roles": .table(["user": .string("agent"), "agent": .string("user")])], .cycle(key: "roles.agent")),
            (["palette": .table(["x": .string("y")])], .badColor(key: "palette.x", text: "y")),
            (["palette": .table(["x": .table(["dusk": .integer(1)])])], .unknownKey("palette.x.dusk")),
            (
                ["palette": .table(["x": .table(["dark": .integer(1), "c16": .string("y")])])],
                .badColor(key: "palette.x.c16", text: "y")
            ),
            (["syntax": .table(["verb": .string("red")])], .unknownRole("syntax.verb")),
            (["glyphs": .table(["sett": .string("x")])], .unknownKey("glyphs.sett")),
            (["appearance": .string("dusk")], .wrongKind(key: "appearance", expected: "'dark' or 'light'")),
        ] as [(ThemeTable, ThemeError)])
    func mistakesAreNamed(table: ThemeTable, expected: ThemeError) {
        #expect(throws: expected) { try Theme(table) }
        #expect(expected.description.hasSuffix("."))
    }
}
