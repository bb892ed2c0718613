import AgentKit
import Agents
import Testing
import Wire

/// A model behind a server keeps to what every back end keeps to.
@Suite struct ModelConformanceTests {
    /// Nothing that is said as often as the time allows, such as what a command has put out so far.
    private static let prompts = [
        ModelPeer.script(["think": ["Hm. ", "So."], "say": ["It ", "is ", "so."]]),
        ModelPeer.script(
            [
                "say": ["Let me ", "see."],
                "calls": [["list_files", [:]], ["write_file", ["path": "b", "content": "B"]]],
            ],
            ["say": ["And "], "calls": [["update_plan", ["steps": [["content": "one", "status": "pending"]]]]]],
            ["calls": [["run_command", ["command": "test -s b"]], ["remember", ["key": "k", "value": "v"]]]],
            ["say": ["Done."]]),
    ]

    @Test(arguments: AgentConformance.Requirement.allCases, [0, 1])
    func itKeepsTo(_ requirement: AgentConformance.Requirement, asked prompt: Int) async throws {
        let peer = try await ModelPeer()
        try peer.write("a\n", to: "a")
        let suite = AgentConformance(folder: peer.folder, prompt: Self.prompts[prompt]) {
            peer.agent { $0.continuation = .prefill }
        }
        try await suite.check(requirement)
    }
}
