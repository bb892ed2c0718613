import Glibc
import Platform
import SystemPackage
import TOMLKit
public import Wire

/// What a batch run answers to an agent that asks for a permission (`--permissions`).
public enum BatchPermissions: Hashable, Sendable {
    /// Everything is allowed once.
    case allow
    /// Nothing is.
    case deny
    /// The user is asked on the terminal.
    case ask
    /// What a rule allows is allowed once, and nothing else, in the session's folder.
    case rules([PermissionRule], folder: String)

    /// Reads rules from a file: TOML with `[[rules]]`, or with `[[permissions.rules]]` as in belayd's configuration.
    ///
    /// - Throws: ``ClientError`` that names the file and what is wrong in it.
    public static func rules(in file: String, folder: String) throws(ClientError) -> BatchPermissions {
        let text = try BatchInput.readFile(file)
        func wrong(_ what: String) -> ClientError { .configuration("\(file): \(what)") }
        guard !text.namesNUL else { throw wrong("names and values must not contain U+0000") }
        let root: JSON
        do { root = try JSON(parsing: try TOMLTable(string: text).convert(to: .json)) } catch {
            throw wrong("\(error)")
        }
        guard let rules = (root["rules"] ?? root["permissions"]?["rules"])?.array else {
            throw wrong("there are no rules: write [[rules]] above each one")
        }
        var read: [PermissionRule] = []
        for (index, rule) in rules.enumerated() {
            do throws(RPCError) { read.append(try PermissionRule(json: rule)) } catch {
                throw wrong("rules[\(index)]: \(error.message)")
            }
        }
        return .rules(read, folder: folder)
    }

    /// Whether there is a terminal on which a user could be asked.
    public static var canAsk: Bool { BatchTerminal.isThere }

    /// Whether something may be done; `nil` when the user is asked.
    func isAllowed(_ question: Question) -> Bool? {
        switch self {
        case .allow: return true
        case .deny: return false
        case .ask: return question.method == Method.requestPermission ? nil : false
        case .rules(let rules, let folder):
            let subject = PermissionSubject(of: question.params, folder: folder)
            return PermissionRule.deciding(subject, among: rules)?.action == .allow
        }
    }

    /// What is said beside a refusal.
    func hint(isAllowed: Bool) -> String {
        switch self {
        case .allow: "a batch run has no answer to it that holds once"
        case .deny: "with --permissions allow the agent may"
        case .ask: isAllowed ? "there is no answer to it that holds once" : "the answer was no, or none could be given"
        case .rules: isAllowed ? "there is no answer to it that holds once" : "no rule of the file allows it"
        }
    }
}

/// Asks on the terminal, whatever the standard streams are.
enum BatchTerminal {
    /// Whether there is one.
    static var isThere: Bool {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        if terminal >= 0 { close(terminal) }
        return terminal >= 0
    }

    /// Asks for a permission; blocks until a line was typed. Anything but `y` and `yes` is no.
    static func isAllowed(_ question: Question) -> Bool {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return false }
        defer { close(terminal) }
        // What was typed before the question is no answer to it.
        tcflush(terminal, TCIFLUSH)
        // The command as it will run: a title may be shortened.
        var lines = ["Permission needed: \(question.subject)"]
        lines += question.command?.split(separator: "\n").map { "  \($0)" } ?? []
        for (path, script) in question.edits {
            lines += [path] + script.changes.map { "\($0.isAdded ? "+" : "-") \($0.text)" }
        }
        let said = lines.map(\.withoutControls).joined(separator: "\n")
        let text = "\n\(said)\nAllow it once? [y/N] "
        do { try FileDescriptor(rawValue: terminal).writeFully(text, named: "the terminal") } catch { return false }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 256, read(terminal, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        return ["y", "yes"].contains(String(decoding: line, as: UTF8.self).trimmed.lowercased())
    }
}
