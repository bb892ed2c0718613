import AgentKit
import Agents
import Testing

/// The librarian keeps to what every back end keeps to.
@Suite struct LibrarianConformanceTests {
    @Test(arguments: AgentConformance.Requirement.allCases, ["Where is openDoor defined?", "remember that it rains"])
    func itKeepsTo(_ requirement: AgentConformance.Requirement, asked prompt: String) async throws {
        let (data, folder) = (try TestFolder(), try doors())
        let suite = AgentConformance(folder: SessionFolder(folder.path), prompt: prompt) {
            Librarian(dataDirectory: data.path, logger: .quiet)
        }
        try await suite.check(requirement)
        withExtendedLifetime(folder) {}
    }
}
