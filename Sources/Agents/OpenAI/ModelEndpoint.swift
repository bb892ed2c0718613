import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Platform
import Wire

/// The server of a model: sends requests, and hands out what is streamed.
final class ModelEndpoint: Sendable {
    /// The most bytes of an answer that is no stream.
    private static let answerBytesMaximum = 8 << 20
    /// The most bytes of an error's answer that are read.
    private static let errorBytesMaximum = 64 << 10
    /// How long the command may take that prints the key.
    private static let keyCommandMaximum = Duration.seconds(30)

    private let settings: ModelSettings
    let client: HTTPClient
    /// The key that the command printed.
    private let printed = Locked<String?>(nil)

    init(_ settings: ModelSettings) {
        self.settings = settings
        var configuration = HTTPClient.Configuration(
            // A redirect could lead the key, or what the user wrote, to another server.
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(settings.connectMaximum.milliseconds),
                read: .milliseconds(settings.silenceMaximum.milliseconds)))
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit { _ = client.shutdown() }

    /// Asks for a completion.
    ///
    /// - Parameter receive: Called with each chunk, in order; the stream waits for it.
    /// - Returns: Whether the server said that the stream is complete.
    /// - Throws: ``ModelFailure``, `CancellationError`, and what `receive` throws.
    func stream(_ request: CompletionRequest, _ receive: (JSON) async throws -> Void) async throws -> Bool {
        let key = try await key()
        var message = HTTPClientRequest(url: settings.baseURL + "/chat/completions")
        message.method = .POST
        for (name, value) in settings.headers { message.headers.add(name: name, value: value) }
        if let key { message.headers.replaceOrAdd(name: "authorization", value: "Bearer \(key)") }
        message.headers.replaceOrAdd(name: "content-type", value: "application/json")
        message.headers.replaceOrAdd(name: "accept", value: "text/event-stream, application/json")
        message.headers.replaceOrAdd(name: "user-agent", value: "belayd")
        message.body = .bytes(request.json.encoded)
        let response: HTTPClientResponse
        do { response = try await client.execute(message, deadline: .distantFuture) } catch {
            try Task.checkCancellation()
            throw ModelFailure.unreachable(settings.baseURL, reason: reason(error))
        }
        let secrets = secrets(key)
        do {
            guard response.status.code < 300 else { throw try await failure(response) }
            return try await read(response, receive)
        } catch let failure as ModelFailure {
            throw failure.without(secrets)
        }
    }

    // MARK: Answers

    private func read(
        _ response: HTTPClientResponse, _ receive: (JSON) async throws -> Void
    ) async throws -> Bool {
        let kind = response.headers.first(name: "content-type")?.lowercased() ?? ""
        guard !kind.hasPrefix("text/html") else { throw ModelFailure.foreign("it sent a web page") }
        if kind.hasPrefix("application/json") {
            // A server that does not stream, or an error that is sent with the status of a success.
            let body = try await body(of: response, atMost: Self.answerBytesMaximum)
            guard let json = try? JSON(parsing: body), json.members != nil else {
                throw ModelFailure.foreign("it sent something else than JSON")
            }
            try await receive(json)
            return true
        }
        var parser = EventStreamParser()
        var isDone = false
        var iterator = response.body.makeAsyncIterator()
        while let buffer = try await next(&iterator, isDone: isDone) {
            let events: [EventStreamParser.Event]
            do throws(EventStreamParser.TooLong) { events = try parser.feed(buffer.readableBytesView) } catch {
                throw ModelFailure.broken("it holds an event of more than \(EventStreamParser.bytesMaximum >> 20) MiB")
            }
            // What comes behind the end means nothing, but has to be read, or the connection cannot be used again.
            for event in events where !isDone { isDone = try await take(event, receive) }
        }
        return isDone
    }

    /// The next bytes; `nil` at the end, which is reached as well when the connection breaks behind the end of the stream.
    private func next(
        _ iterator: inout HTTPClientResponse.Body.AsyncIterator, isDone: Bool
    ) async throws -> ByteBuffer? {
        do { return try await iterator.next() } catch {
            try Task.checkCancellation()
            if isDone { return nil }
            throw ModelFailure.broken(reason(error))
        }
    }

    /// - Returns: Whether it is the end of the stream.
    private func take(_ event: EventStreamParser.Event, _ receive: (JSON) async throws -> Void) async throws -> Bool {
        let data = event.data.trimmed
        if data.uppercased() == "[DONE]" { return true }
        guard data.hasPrefix("{") else {
            guard event.name == "error" else { return false }
            throw ModelFailure.server(status: nil, message: data)
        }
        // A part of the answer is missing from here on: no use in what follows.
        guard let json = try? JSON(parsing: ByteBuffer(string: data)) else {
            throw ModelFailure.broken("a part of it cannot be read")
        }
        try await receive(json)
        return false
    }

    private func body(of response: HTTPClientResponse, atMost maximum: Int) async throws -> ByteBuffer {
        var body = ByteBuffer()
        do {
            for try await buffer in response.body {
                body.writeImmutableBuffer(buffer)
                guard body.readableBytes <= maximum else { break }
            }
        } catch {
            try Task.checkCancellation()
            throw ModelFailure.broken(reason(error))
        }
        return body
    }

    // MARK: Errors

    /// The failure that an answer with an error's status says.
    private func failure(_ response: HTTPClientResponse) async throws -> ModelFailure {
        let status = Int(response.status.code)
        // A body that breaks off says no less than the status.
        let body = (try? await body(of: response, atMost: Self.errorBytesMaximum)) ?? ByteBuffer()
        try Task.checkCancellation()
        let json = try? JSON(parsing: body)
        let message = json.flatMap(ModelFailure.message) ?? response.status.reasonPhrase
        let code = json?["error"]?["code"]?.string ?? json?["error"]?["type"]?.string
        switch status {
        case 300..<400:
            return .foreign("it sends elsewhere, to \(response.headers.first(name: "location") ?? "nowhere")")
        case 401, 403:
            printed.withLock { $0 = nil }
            return .key(status: status, message: message, hint: hint)
        case 404 where json == nil: return .foreign("it knows no \(settings.baseURL)/chat/completions")
        case 429 where code == "insufficient_quota": return .server(status: status, message: message)
        case let status where RetryAdvice.isTemporary(status):
            guard response.headers.first(name: "x-should-retry") != "false" else {
                return .server(status: status, message: message)
            }
            let hint = RetryAdvice.hint({ response.headers.first(name: $0) }, now: Int64(time(nil)))
            return .busy(status: status, message: message, after: hint)
        default: return .server(status: status, message: message)
        }
    }

    private var hint: String {
        switch settings.key {
        case .none: "set 'api_key_env' or 'api_key_command' in [agents.\(settings.name)]"
        case .environment(let name): "look at the variable \(name) of belayd's environment"
        case .command: "look at what 'api_key_command' in [agents.\(settings.name)] prints"
        }
    }

    private func reason(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            switch error {
            case .connectTimeout: return "no connection within \(settings.connectMaximum.components.seconds) seconds"
            case .readTimeout, .deadlineExceeded:
                return "nothing came for \(settings.silenceMaximum.components.seconds) seconds"
            case .remoteConnectionClosed: return "it closed the connection"
            default: return error.shortDescription.lowercased()
            }
        }
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first { return reason(first.error) }
            return "there is no host '\(error.host)'"
        }
        if let error = error as? IOError {
            return error.errnoCode == ECONNREFUSED
                ? "nothing listens there; start the server" : String(cString: strerror(error.errnoCode))
        }
        return "\(error)"
    }

    // MARK: The key

    private func key() async throws -> String? {
        switch settings.key {
        case .none: return nil
        case .environment(let name):
            guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else {
                throw ModelFailure.noKey(
                    "the agent '\(settings.name)' has no key: set the variable \(name) in belayd's environment")
            }
            return value
        case .command(let command):
            if let key = printed.withLock({ $0 }) { return key }
            do {
                let output = try await ShellCommand.output(of: command, within: Self.keyCommandMaximum)
                let key = String(output.prefix { !$0.isNewline }).trimmed
                guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    throw CommandError.failed("its first line is no key")
                }
                printed.withLock { $0 = key }
                return key
            } catch CommandError.cancelled {
                throw CancellationError()
            } catch let error as CommandError {
                throw ModelFailure.noKey(
                    "the agent '\(settings.name)' has no key: 'api_key_command' failed: \(error)")
            }
        }
    }

    /// What no sentence may hold: servers repeat the key that they refuse.
    private func secrets(_ key: String?) -> [String] {
        (settings.headers.values + [key].compactMap { $0 }).filter { $0.utf8.count >= 6 }
    }
}

extension ModelFailure {
    /// The failure with secrets blotted out of what the server said.
    fileprivate func without(_ secrets: [String]) -> ModelFailure {
        func clean(_ text: String) -> String {
            // Before it is cut: of a key that is cut in its middle, the beginning would not be found.
            String(secrets.reduce(text) { $0.replacing($1, with: "[key]") }.prefix(300))
        }
        return switch self {
        case .unreachable(let address, let reason): .unreachable(address, reason: clean(reason))
        case .server(let status, let message): .server(status: status, message: clean(message))
        case .key(let status, let message, let hint): .key(status: status, message: clean(message), hint: hint)
        case .busy(let status, let message, let after): .busy(status: status, message: clean(message), after: after)
        case .foreign(let what): .foreign(clean(what))
        case .broken(let how): .broken(clean(how))
        case .noKey(let reason): .noKey(reason)
        }
    }
}

extension String {
    /// The text with each occurrence of another replaced, which is found by its bytes, whatever stands beside it.
    fileprivate func replacing(_ other: String, with text: String) -> String {
        let (bytes, wanted) = (Array(utf8), Array(other.utf8))
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: wanted) {
                result += text.utf8
                index += wanted.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
