#if DEBUG
    import Glibc

    /// What the environment asks for at one point, as one of
    ///
    /// - `NAME=hold:/PATH`: wait for as long as the file exists;
    /// - `NAME=crash`: die as by `kill -9`;
    /// - `NAME=crash:/PATH`: the same if the file exists, and take the file away first, so that of all processes that
    ///   are told the same one dies, once;
    /// - `NAME=drop`: leave out what the point is about,
    ///
    /// each with `@N` behind it if it is to happen at the Nth time only. Several are separated by commas.
    struct FailPointSetting: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case hold(String)
            case crash(ifExists: String?)
            case drop
        }

        var kind: Kind
        /// At which time it happens; `nil` is every time.
        var time: Int?

        /// What happens at the point when it is reached for the so manieth time.
        func action(at count: Int) -> FailPoint.Action? {
            guard time == nil || time == count else { return nil }
            switch kind {
            case .hold(let path): return .hold(whileExists: path)
            case .crash(nil): return .crash
            case .crash(let path?): return unlink(path) == 0 ? .crash : nil
            case .drop: return .drop
            }
        }

        /// Reads the environment's way to say it. What cannot be read, and a point that is none, stops the program: a
        /// test that goes on without its fail point would pass for the wrong reason.
        static func parse(_ text: String) -> [String: FailPointSetting] {
            var settings: [String: FailPointSetting] = [:]
            for item in text.split(separator: ",") {
                let sides = item.split(separator: "=", maxSplits: 1)
                precondition(sides.count == 2, "BELAY_FAILPOINT: '\(item)' is not NAME=ACTION")
                let name = String(sides[0])
                precondition(FailPointName(rawValue: name) != nil, "BELAY_FAILPOINT: there is no point '\(name)'")
                guard let setting = FailPointSetting(sides[1]) else {
                    preconditionFailure("BELAY_FAILPOINT: '\(sides[1])' is none of hold:/PATH, crash and drop")
                }
                settings[name] = setting
            }
            return settings
        }

        private init?(_ text: Substring) {
            var action = text
            if let mark = text.lastIndex(of: "@") {
                guard let number = Int(text[text.index(after: mark)...]), number > 0 else { return nil }
                time = number
                action = text[..<mark]
            }
            if action == "crash" {
                kind = .crash(ifExists: nil)
            } else if action.hasPrefix("crash:/") {
                kind = .crash(ifExists: String(action.dropFirst("crash:".count)))
            } else if action.hasPrefix("hold:/") {
                kind = .hold(String(action.dropFirst("hold:".count)))
            } else if action == "drop" {
                kind = .drop
            } else {
                return nil
            }
        }
    }
#endif
