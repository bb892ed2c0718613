import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Wire

/// `fetch_url`: a page of the web as text. Only for a model whose configuration names it, and asked about unless a rule decides: a page
/// can tell a model what to do next, and an address can carry away what it has read.
struct FetchURLTool: ModelTool {
    /// The most bytes of a page that are read.
    static let bytesMaximum = 2 << 20
    private static let timeMaximum = TimeAmount.seconds(30)

    let kind = ToolCall.Kind.fetch
    let hasEffect = true
    let description = ToolDescription(
        name: "fetch_url", text: "Fetch a page or file from the web as text. The user is asked.",
        parameters: .arguments(
            ["url": ("string", "An address that begins with http:// or https://.")], required: ["url"]))

    func title(of input: JSON) -> String { "Fetch \(input["url"]?.string ?? "an address")" }
    /// Rules are about the address.
    func command(in input: JSON) -> String? { input["url"]?.string }

    func preview(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> [JSON] {
        _ = try address(input)
        return []
    }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        var request = HTTPClientRequest(url: try address(input))
        request.headers.add(name: "user-agent", value: "belayd")
        request.headers.add(name: "accept", value: "text/*, application/json;q=0.9, application/xml;q=0.9")
        var body = ByteBuffer()
        let kind: String
        do {
            let response = try await context.client.execute(request, timeout: Self.timeMaximum)
            guard response.status.code < 300 else {
                let place = response.headers.first(name: "location").map { "; it is at \($0)" } ?? ""
                throw ToolFailure("the server answers \(response.status.code) \(response.status.reasonPhrase)\(place)")
            }
            kind = response.headers.first(name: "content-type")?.lowercased() ?? "text/plain"
            guard ["text/", "application/json", "application/xml", "application/xhtml"].contains(where: kind.hasPrefix)
            else {
                throw ToolFailure("it is no text, but \(kind)")
            }
            for try await buffer in response.body {
                body.writeImmutableBuffer(buffer)
                guard body.readableBytes <= Self.bytesMaximum else { break }
            }
        } catch let failure as ToolFailure {
            throw failure
        } catch {
            try Task.checkCancellation()
            throw ToolFailure(
                "the address cannot be reached: \((error as? HTTPClientError)?.shortDescription ?? "\(error)")")
        }
        let text = String(decoding: body.readableBytesView.prefix(Self.bytesMaximum), as: UTF8.self)
        return ToolOutcome(kind.contains("html") ? HTMLText.text(of: text) : text)
    }

    private func address(_ input: JSON) throws(ToolFailure) -> String {
        guard let url = input["url"]?.string, url.hasPrefix("http://") || url.hasPrefix("https://"),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw ToolFailure("'url' is no address that begins with http:// or https://") }
        return url
    }
}

/// The text of an HTML page, for a model: without tags, scripts and styles. No parser, which would know what is shown.
enum HTMLText {
    private static let entities = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "nbsp": " ", "#39": "'", "apos": "'",
    ]
    /// Elements that begin a line.
    private static let blocks: Set<String> = [
        "p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article", "table", "ul",
        "ol",
    ]

    static func text(of html: String) -> String {
        var text = ""
        var rest = html[...]
        while let open = rest.firstIndex(of: "<") {
            text += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: ">") else { break }
            let tag = rest[rest.index(after: open)..<close]
            let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
            rest = rest[rest.index(after: close)...]
            if blocks.contains(name) { text += "\n" }
            guard ["script", "style", "template"].contains(name), !tag.hasPrefix("/") else { continue }
            // To its end, whatever it holds.
            guard let end = rest.firstRange(of: "</\(name)") else { return tidy(text) }
            rest = rest[end.lowerBound...]
        }
        return tidy(text + (rest.first == "<" ? "" : rest))
    }

    private static func tidy(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            plain += rest[..<start]
            rest = rest[start...]
            let name = rest.dropFirst().prefix(8).prefix { $0 != ";" }
            if let character = entities[String(name)], rest.dropFirst(name.count + 1).first == ";" {
                plain += character
                rest = rest.dropFirst(name.count + 2)
            } else {
                plain += "&"
                rest = rest.dropFirst()
            }
        }
        let lines = (plain + rest).split(separator: "\n").map {
            $0.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
        }
        return lines.filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
