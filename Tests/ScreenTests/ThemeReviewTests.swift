import Testing

@testable import Screen

/// Whether the shipped themes can be read, and whether the review finds what cannot.
@Suite struct ThemeReviewTests {
    @Test func thereAreSevenThemes() {
        #expect(TerminalTheme.names == ["contrast", "ember", "fjord", "mono", "paper", "terminal", "tide"])
    }

    @Test(arguments: TerminalTheme.names) func theShippedThemesCanBeRead(name: String) throws {
        let table = try TerminalTheme.table(name)
        #expect(try ThemeReview.findings(table).map(\.description) == [])
        let header = try ThemeHeader(table)
        #expect(header.name == name && header.title != nil && header.license == "CC0-1.0")
    }

    @Test(arguments: TerminalTheme.names) func everyRoleIsSet(name: String) throws {
        let table = try TerminalTheme.table(name)
        guard case .table(let roles) = table["roles"], case .table(let syntax) = table["syntax"] else {
            Issue.record("no roles")
            return
        }
        let set = Set(roles.keys).union(syntax.keys.map { "syntax.\($0)" })
        // The parents of what is set in parts.
        let parts = Set(Role.allCases.compactMap(\.parent)).union([.text])
        let missing = Role.allCases.filter { !set.contains($0.rawValue) && !parts.contains($0) }
        #expect(missing.map(\.rawValue) == [])
    }

    /// AAA: 7 to 1 for every text, and 4.5 to 1 for what is muted.
    @Test(arguments: [Theme.Appearance.dark, .light]) func theThemeOfHighContrastIsOne(
        appearance: Theme.Appearance
    ) throws {
        let theme = try Theme(TerminalTheme.table("contrast"), on: Canvas(appearance: appearance))
        for role in Role.allCases {
            let style = theme[role]
            let (text, ground) = (try #require(style.foreground.parts), try #require(style.background.parts))
            #expect(Contrast.ratio(text, ground) >= 7, "\(role.rawValue): \(Contrast.ratio(text, ground))")
        }
    }

    @Test(
        arguments: [
            (0x000000, 0xFFFFFF, 21.0), (0xFFFFFF, 0xFFFFFF, 1.0), (0x777777, 0xFFFFFF, 4.48),
            (0x0000FF, 0xFFFFFF, 8.59),
        ] as [(UInt32, UInt32, Double)])
    func ratiosAreThoseOfTheGuidelines(first: UInt32, second: UInt32, ratio: Double) {
        #expect(abs(Contrast.ratio(RGB(first), RGB(second)) - ratio) < 0.01)
        #expect(Contrast.ratio(RGB(first), RGB(second)) == Contrast.ratio(RGB(second), RGB(first)))
    }

    @Test func whatCannotBeReadIsFound() throws {
        let findings = try ThemeReview.findings([
            "appearance": .string("dark"),
            "roles": .table([
                "text": .string("#ffffff on #202020"), "warning": .string("#505050"), "text.muted": .string("#707070"),
                "diff.add": .string("#00ff00"), "diff.remove": .string("#00ff00"),
            ]),
        ]).map(\.description)
        #expect(findings.contains("'warning' has a contrast of 2.0, and needs 4.5 (dark, 24-bit colours)."))
        #expect(findings.contains { $0.hasPrefix("'diff.add' and 'diff.remove' look the same") })
        #expect(findings.contains("'selection' and 'text' look the same (dark, no colours)."))
        #expect(!findings.contains { $0.hasPrefix("'text.muted'") }, "3.0 is enough for it")
        #expect(!findings.contains { $0.contains("light") }, "it is for dark terminals only")
    }
}
