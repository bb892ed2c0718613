import Client
import FaultProxy
import Foundation
import NIOPosix
import ServerKit
import SystemPackage
import TestKit
import Transport
import Wire

/// A batch run into two files, and what stood in them afterwards.
struct BatchStage {
    var ending: BatchRun.Ending
    var output: String
    var errors: String

    /// Runs prompts to the end.
    static func run(
        _ prompts: [String], at endpoint: Endpoint, token: String? = nil, selection: ChatStore.Selection = .new,
        in folder: TemporaryDirectory? = nil, change: (inout BatchOptions) -> Void = { _ in }
    ) async throws -> BatchStage {
        let folder = try folder ?? TemporaryDirectory("batch")
        var options = BatchOptions()
        options.server = "test"
        options.offlineMaximum = .seconds(20)
        change(&options)
        let store = try ChatStore.open(
            selection, server: "test", directory: "/usr",
            stateStore: try ClientStateStore.open(folder: folder.path, now: 1), now: 1
        )
        let (output, errors) = (folder.path("output"), folder.path("errors"))
        for file in [output, errors] { try Data().write(to: URL(fileURLWithPath: file)) }
        guard let outputFile = FileHandle(forWritingAtPath: output),
            let errorsFile = FileHandle(forWritingAtPath: errors)
        else { throw CocoaError(.fileNoSuchFile) }
        let run = BatchRun(
            options, prompts: prompts, store: store,
            output: BatchOutput(
                options, output: FileDescriptor(rawValue: outputFile.fileDescriptor),
                errors: FileDescriptor(rawValue: errorsFile.fileDescriptor)))
        let configuration = try TestChat.configuration(endpoint, token: token, folder: folder)
        let ending = await run.run(configuration, on: MultiThreadedEventLoopGroup.singleton.next())
        try outputFile.close()
        try errorsFile.close()
        return BatchStage(
            ending: ending, output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }

    /// The lines of the output as JSON.
    var lines: [JSON] { output.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) } }

    /// The output with names and measured times replaced, for comparing runs.
    ///
    /// - Parameter dropsConnection: Whether what `batch.md` allows to differ after a drop is taken away.
    func normalized(dropsConnection: Bool = false) -> String {
        var names: [String: String] = [:]
        return lines.filter { !dropsConnection || $0["type"] != "connection" }
            .map { BatchStage.normalize($0, &names, dropsConnection).text }.joined(separator: "\n")
    }

    private static func normalize(_ json: JSON, _ names: inout [String: String], _ drops: Bool) -> JSON {
        switch json {
        case .object(let members):
            return .object(
                members.compactMap { member in
                    if drops, member.key == "n" || member.key == "ts" { return nil }
                    if member.key.hasSuffix("_ms") { return drops ? nil : JSON.Member(member.key, 0) }
                    return JSON.Member(member.key, normalize(member.value, &names, drops))
                })
        case .array(let elements): return .array(elements.map { normalize($0, &names, drops) })
        case .string(let text):
            // Names are UUIDs; each gets a number in the order of its coming.
            let pattern = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/
            var result = text
            for match in text.matches(of: pattern) {
                let name = String(match.output)
                let number = names[name] ?? "name-\(names.count + 1)"
                names[name] = number
                result = result.replacing(name, with: number)
            }
            return .string(result)
        case .null, .bool, .integer, .number: return json
        }
    }
}
