import Testing
import Wire

@Suite struct ProgramVersionTests {
    /// The order of Semantic Versioning 2.0.0 §11, with its own example in the middle.
    @Test func versionsHaveTheOrderOfSemanticVersioning() throws {
        let ordered = [
            "0.1.0-alpha", "0.1.0", "0.1.1", "0.2", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
            "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1", "1.0.1", "18446744073709551615",
        ]
        let versions = try ordered.map { try #require(ProgramVersion($0), "\($0)") }
        for (index, version) in versions.enumerated() {
            for (other, another) in versions.enumerated() {
                #expect((version < another) == (index < other), "\(ordered[index]) \(ordered[other])")
            }
        }
        #expect(ProgramVersion("1.2.3+a") == ProgramVersion("1.2.3+b"))
        #expect(ProgramVersion("1") == ProgramVersion("1.0.0"))
    }

    @Test(arguments: ["", ".", "1.", "1..2", "v1", "1.2.3.4", "-1", "1-", "one", "1.x", "18446744073709551616", " 1"])
    func anythingElseIsNone(_ text: String) { #expect(ProgramVersion(text) == nil) }
}
