import Wire

/// The answer of a model to one request, folded from the chunks of its stream.
///
/// The servers that speak this protocol differ in how they cut tool calls: with an index or without, the name in the first
/// fragment or in all, the arguments as a text or as an object, one old-fashioned `function_call`. The fold takes all of
/// them.
struct Completion: Hashable, Sendable {
    /// A tool call of the model.
    struct Call: Hashable, Sendable {
        /// The server's name for it; only used to tell fragments of several calls apart.
        var id = ""
        var name = ""
        /// The arguments as the model wrote them: JSON, unless it made a mistake or was cut off.
        var arguments = ""
    }

    /// What a chunk adds for people to see.
    struct Addition: Hashable, Sendable {
        var text = ""
        var reasoning = ""
    }

    /// Why the model stopped, as the server says.
    enum Finish: Hashable, Sendable {
        case stop, length, filter
    }

    /// The tool calls in the order in which they began.
    private(set) var calls: [Call] = []
    /// Where the calls are that the server gave an index.
    private var places: [Int64: Int] = [:]
    /// `nil` until the server says it.
    private(set) var finish: Finish?
    /// How many tokens the context holds with the answer; `nil` when the server does not count.
    private(set) var tokens: Int64?

    /// The most tool calls of one answer; further ones are dropped.
    static let callsMaximum = 64
    /// The most bytes of the arguments of all calls.
    static let argumentBytesMaximum = 8 << 20

    /// Takes a chunk, or a whole answer of a server that does not stream.
    ///
    /// - Throws: ``ModelFailure`` for the error that a chunk may hold instead.
    mutating func add(_ chunk: JSON) throws(ModelFailure) -> Addition {
        if let error = chunk["error"], error != .null {
            throw .server(status: nil, message: ModelFailure.message(in: chunk) ?? error.text)
        }
        if let usage = chunk["usage"], let total = usage["total_tokens"]?.integer(in: .count) { tokens = total }
        var addition = Addition()
        guard let choice = chunk["choices"]?.array?.first else { return addition }
        if let delta = choice["delta"] ?? choice["message"] {
            addition.text = Self.text(delta["content"])
            // DeepSeek, vLLM, llama.cpp and LM Studio have the one name, OpenRouter and Ollama the other.
            addition.reasoning = Self.text(delta["reasoning_content"])
            if addition.reasoning.isEmpty { addition.reasoning = Self.text(delta["reasoning"]) }
            if addition.text.isEmpty { addition.text = Self.text(delta["refusal"]) }
            for fragment in delta["tool_calls"]?.array ?? [] { add(fragment: fragment) }
            if let call = delta["function_call"], call.members != nil { add(fragment: ["index": 0, "function": call]) }
        }
        switch choice["finish_reason"]?.string {
        case nil: break
        case "length", "max_tokens": finish = .length
        case "content_filter": finish = .filter
        default: finish = .stop
        }
        return addition
    }

    /// The stream said that it is complete.
    mutating func end() { finish = finish ?? .stop }

    private mutating func add(fragment: JSON) {
        let function = fragment["function"] ?? fragment
        let (id, name) = (fragment["id"]?.string ?? "", function["name"]?.string ?? "")
        let place = place(of: fragment["index"]?.integer(in: .count), id: id, name: name)
        guard let place else { return }
        if calls[place].id.isEmpty { calls[place].id = id }
        // Some servers repeat the name in each fragment, none cuts it.
        if calls[place].name.isEmpty { calls[place].name = name }
        let arguments =
            switch function["arguments"] {
            case .string(let text)?: text
            case .null?, nil: ""
            case let object?: object.text
            }
        let length = calls.reduce(arguments.utf8.count) { $0 + $1.arguments.utf8.count }
        if length <= Self.argumentBytesMaximum { calls[place].arguments += arguments }
    }

    /// The call that a fragment belongs to: by its index, unless it is plainly another one's beginning; without an index
    /// by its identifier, and otherwise the newest.
    private mutating func place(of index: Int64?, id: String, name: String) -> Int? {
        if let index, let place = places[index] {
            let isOther = !id.isEmpty && !calls[place].id.isEmpty && calls[place].id != id && !name.isEmpty
            if !isOther { return place }
        } else if index == nil {
            if !id.isEmpty, let place = calls.firstIndex(where: { $0.id == id }) { return place }
            if id.isEmpty, name.isEmpty, !calls.isEmpty { return calls.count - 1 }
        }
        guard calls.count < Self.callsMaximum else { return nil }
        calls.append(Call())
        if let index { places[index] = calls.count - 1 }
        return calls.count - 1
    }

    /// A text, or the texts of a list of parts.
    private static func text(_ json: JSON?) -> String {
        switch json {
        case .string(let text)?: text
        case .array(let parts)?: parts.compactMap { $0["text"]?.string }.joined()
        default: ""
        }
    }
}
