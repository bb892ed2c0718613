import Agents
import Wire

/// What of a prompt its agent can be given (ACP's `promptCapabilities`). Clients are told that every kind of content is
/// taken, since which agent answers is not known when they connect.
enum PromptFit {
    /// Puts text in the place of content that the agent does not take.
    ///
    /// - Returns: The prompt for the agent, and a note for the user about what it is not given; `nil` when it gets
    ///   everything.
    static func fit(
        _ prompt: [ContentBlock], to kinds: Set<AgentOffers.PromptKind>
    ) -> (prompt: [ContentBlock], leftOut: String?) {
        var missing: [String] = []
        let fitting = prompt.map { block -> ContentBlock in
            guard case .other(let json) = block else { return block }
            switch json["type"]?.string {
            case "image"? where !kinds.contains(.image): missing.append("an image")
            case "audio"? where !kinds.contains(.audio): missing.append("a sound")
            case "resource"? where !kinds.contains(.embeddedContext):
                let uri = json["resource"]?["uri"]?.string ?? ""
                if let text = json["resource"]?["text"]?.string {
                    return .text("<resource uri=\"\(uri)\">\n\(text)\n</resource>")
                }
                missing.append("a file that is no text")
            default: return block
            }
            return .text("[\(missing.last ?? "content") that you cannot be given]")
        }
        guard !missing.isEmpty else { return (fitting, nil) }
        return (fitting, "The agent takes no such content, and was not given it: \(missing.joined(separator: ", ")).")
    }
}
