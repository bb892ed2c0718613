import Wire

/// What a model is told: messages in the protocol's terms, oldest first.
struct Conversation: Hashable, Sendable {
    /// One message.
    struct Message: Hashable, Sendable {
        enum Role: String, Sendable { case system, user, assistant, tool }

        var role: Role
        var text: String
        /// Parts that are no text, such as images.
        var parts: [JSON] = []
        /// The tool calls of an assistant's message: the identifier, the tool, and its arguments.
        var calls: [Call] = []
        /// The call that a tool's message answers.
        var callID: String?

        struct Call: Hashable, Sendable {
            var id: String
            var name: String
            var arguments: String
        }
    }

    var messages: [Message] = []

    /// The messages of earlier turns.
    ///
    /// A prompt that waited for its turn is in the journal before the turn in front of it has ended; it comes where its
    /// turn begins. The turn that runs comes last (``add(prompt:)``, ``add(_:)``).
    ///
    /// - Parameter entries: The newest entries of the journal before the turn that runs.
    init(_ entries: some Sequence<Entry>) {
        var prompts: [MessageID: [ContentBlock]] = [:]
        var turn: ModelRounds?
        for entry in entries {
            switch entry.body {
            case .update(.userMessage(let chunk)):
                guard let id = chunk.messageID else { continue }
                prompts[id, default: []].append(chunk.content)
            case .event(.turnStart(let id, let prompt)):
                if let turn { add(turn) }
                turn = nil
                // Without its prompt, which is older than what was read, a turn would be an answer to nothing.
                guard let content = prompts.removeValue(forKey: prompt) else { continue }
                add(prompt: content)
                turn = ModelRounds(id)
            default: turn?.fold(entry.body)
            }
        }
        if let turn { add(turn) }
    }

    /// Adds what the user says.
    mutating func add(prompt: [ContentBlock]) {
        var message = Message(role: .user, text: "")
        var texts: [String] = []
        for block in prompt {
            switch block.withoutMeta {
            case .text(let text): texts.append(text)
            case .resourceLink(let name, let uri): texts.append("[\(name)](\(uri))")
            case .other(let json):
                switch json["type"]?.string {
                case "resource":
                    let resource = json["resource"]
                    guard let text = resource?["text"]?.string else { continue }
                    texts.append("<resource uri=\"\(resource?["uri"]?.string ?? "")\">\n\(text)\n</resource>")
                case "image":
                    guard let data = json["data"]?.string, let kind = json["mimeType"]?.string else { continue }
                    message.parts.append([
                        "type": "image_url", "image_url": ["url": .string("data:\(kind);base64,\(data)")],
                    ])
                default: texts.append(json["uri"]?.string ?? "")
                }
            }
        }
        message.text = texts.joined(separator: "\n")
        messages.append(message)
    }

    /// Adds the rounds of a turn: answers, tool calls, and their results.
    mutating func add(_ turn: ModelRounds) {
        for round in turn.rounds where !round.text.isEmpty || !round.calls.isEmpty {
            var message = Message(role: .assistant, text: round.text)
            message.calls = round.calls.map { call in
                Message.Call(
                    id: Self.callID(call.call.id), name: call.name,
                    // Arguments that were no JSON are told as the model wrote them, but in a form that a server takes.
                    arguments: (call.call.rawInput?.members == nil ? [:] : call.call.rawInput ?? [:]).text)
            }
            messages.append(message)
            for call in round.calls {
                messages.append(
                    Message(
                        role: .tool, text: call.told, callID: Self.callID(call.call.id)))
            }
        }
    }

    /// A call's identifier as all servers take it: Mistral's take nine letters and digits and nothing else.
    static func callID(_ id: ToolCallID) -> String {
        let name = FNV1a.name(of: id.rawValue)
        return String(repeating: "0", count: max(0, 9 - name.count)) + name.suffix(9)
    }
}

extension Conversation.Message {
    /// The message as the protocol has it.
    var json: JSON {
        let content: JSON
        if parts.isEmpty {
            content = .string(text)
        } else {
            content = .array((text.isEmpty ? [] : [["type": "text", "text": .string(text)]]) + parts)
        }
        return .object(of: [
            "role": .string(role.rawValue),
            "content": text.isEmpty && !calls.isEmpty ? .null : content,
            "tool_calls": calls.isEmpty
                ? nil
                : .array(
                    calls.map { call in
                        [
                            "id": .string(call.id), "type": "function",
                            "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
                        ]
                    }),
            "tool_call_id": callID.map { .string($0) },
        ])
    }

    /// How many tokens it takes, about: a token is some four bytes of a text, and a message has a few of its own. A picture
    /// costs by its size in pixels, which is not known here.
    var tokens: Int {
        let bytes = text.utf8.count + calls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
        return 8 + (bytes + 3) / 4 + parts.count * 1_000
    }
}
