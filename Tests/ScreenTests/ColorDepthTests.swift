import Testing

@testable import Screen

/// The ladder of colours: 24 bits, 256, 16, 8, none.
@Suite struct ColorDepthTests {
    @Test(
        arguments: [
            (ColorDepth.direct, 0xEE8A83, Color.rgb(red: 0xEE, green: 0x8A, blue: 0x83)),
            (.indexed, 0xFF8700, .palette(208)), (.indexed, 0x000000, .palette(16)),
            (.indexed, 0x777677, .palette(243)),
            (.sixteen, 0xEE8A83, .palette(9)), (.sixteen, 0xA92A20, .palette(1)), (.sixteen, 0x5FC2C0, .palette(6)),
            (.sixteen, 0xE4C585, .palette(3)), (.sixteen, 0x8794A6, .palette(8)), (.sixteen, 0xF0F0F0, .palette(15)),
            (.eight, 0xEE8A83, .palette(1)), (.eight, 0x2B2A27, .palette(0)), (.mono, 0xFF0000, .default),
        ] as [(ColorDepth, UInt32, Color)])
    func theMostSimilarColorIsTaken(depth: ColorDepth, number: UInt32, expected: Color) {
        #expect(depth.reduced(Color(RGB(number))) == expected)
    }

    @Test func theTerminalsOwnColorsStayWhereItHasThem() {
        for depth in ColorDepth.allCases { #expect(depth.reduced(.default) == .default) }
        #expect(ColorDepth.eight.reduced(.palette(9)) == .palette(1))
        #expect(ColorDepth.eight.reduced(.palette(8)) == .default, "black on black cannot be read")
        #expect(ColorDepth.sixteen.reduced(.palette(12)) == .palette(12))
        #expect(ColorDepth.indexed.reduced(.palette(200)) == .palette(200))
    }

    private func theme(_ roles: [String: String], palette: ThemeTable = [:], on canvas: Canvas) throws -> Theme {
        try Theme(
            ["roles": .table(roles.mapValues { .string($0) }), "palette": .table(palette)], on: canvas)
    }

    @Test func aThemeSaysWhatItWantsWithFewColors() throws {
        let palette: ThemeTable = [
            "sea": .table([
                "dark": .string("#5bc0be"), "light": .string("#00796b"),
                "c256": .table(["dark": .integer(73), "light": .integer(30)]), "c16": .string("cyan"),
            ])
        ]
        for (canvas, expected) in [
            (Canvas(), Color(RGB(0x5BC0BE))), (Canvas(appearance: .light), Color(RGB(0x00796B))),
            (Canvas(depth: .indexed), .palette(73)), (Canvas(appearance: .light, depth: .indexed), .palette(30)),
            (Canvas(depth: .sixteen), .palette(6)), (Canvas(depth: .eight), .palette(6)),
            (Canvas(depth: .mono), .default),
        ] {
            #expect(try theme(["text": "sea"], palette: palette, on: canvas)[.text].foreground == expected)
        }
        #expect(throws: ThemeError.badColor(key: "palette.a.c16", text: "200")) {
            try theme([:], palette: ["a": .table(["dark": .integer(1), "c16": .integer(200)])], on: Canvas())
        }
    }

    /// Two shades of one hue are one colour of sixteen; text in it would be invisible.
    @Test func aTextIsNeverItsBackground() throws {
        for depth in [ColorDepth.eight, .sixteen] {
            for (roles, what) in [
                (["text": "#801010 on #c02020"], "red"), (["text": "#101010 on #202020"], "black"),
                (["text": "#f0f0f0 on #ffffff"], "white"), (["text": "black"], "black on the terminal's own"),
            ] {
                let style = try theme(roles, on: Canvas(depth: depth))[.text]
                #expect(style.foreground != style.background || style.foreground == .default, "\(what), \(depth)")
                #expect(style.foreground != .palette(0) || style.background != .default, "\(what), \(depth)")
            }
        }
        let light = Canvas(appearance: .light, depth: .sixteen)
        #expect(try theme(["text": "#fefefe"], on: light)[.text].foreground == .palette(8))
    }

    @Test func theSurfaceIsSlightlyOffTheBackground() throws {
        let own = try theme(["text": "white on #101010", "header": "white on @surface"], on: Canvas())
        #expect(own[.header].background == Color(RGB(0x232323)))
        var canvas = Canvas(background: RGB(0x1E1E2E))
        #expect(try theme(["header": "white on @surface"], on: canvas)[.header].background == Color(RGB(0x30303F)))
        canvas.depth = .sixteen
        #expect(try theme(["header": "white on @surface"], on: canvas)[.header].background == .default)
        #expect(try theme(["header": "white on @surface"], on: Canvas())[.header].background == .default)
    }

    @Test func aBackgroundOfTheThemeFillsTheScreen() throws {
        let paper = try Theme(TerminalTheme.table("paper"), on: Canvas(appearance: .light))
        var screen = Fixture(theme: paper)
        screen.converse()
        for row in screen.frame.rows {
            #expect(row.reduce(0) { $0 + $1.text.columns } == 80)
            #expect(row.allSatisfy { $0.style.background != .default })
        }
        screen.send(.restyled(TerminalTheme.theme))
        #expect(screen.frame.rows.contains { $0.contains { $0.style.background == .default } })
    }

    private func isASCII(_ screen: Fixture) -> Bool { screen.text.joined().utf8.allSatisfy { $0 < 0x80 } }

    @Test func glyphsFollowTheThemeAndTheTerminal() throws {
        var screen = Fixture()
        screen.converse()
        screen.send(.glyphs(.ascii))
        #expect(isASCII(screen))
        screen.send(.glyphs(.unicode))
        #expect(!isASCII(screen))
        screen.send(.restyled(try Theme(["glyphs": .table(["set": .string("ascii")])])))
        #expect(isASCII(screen))
    }
}
