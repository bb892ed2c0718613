#if DEBUG
    import Glibc

    /// What the environment sets at one point, in one of these forms:
    ///
    /// - `NAME=hold:/PATH`: wait for as long as the file exists;
    /// - `NAME=crash`: die as by `kill -9`;
    /// - `NAME=crash:/PATH`: the same if the file exists, removing the file first, so that of several processes with
    ///   this setting one dies, once;
    /// - `NAME=drop`: skip what the point is about,
    ///
    /// each followed by `@N` if it applies only to the Nth time. Several are separated by commas.
    struct FailPointSetting: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case hold(String)
            case crash(ifExists: String?)
            case drop
        }

        var kind: Kind
        /// The number of the pass at which it applies, from 1; `nil` for every pass.
        var time: Int?

        /// The action when the point is passed for the `count`th time; `nil` for none.
        func action(at count: Int) -> FailPoint.Action? {
            guard time == nil || time == count else { return nil }
            switch kind {
            case .hold(let path): return .hold(whileExists: path)
            case .crash(nil): return .crash
            case .crash(let path?): return unlink(path) == 0 ? .crash : nil
            case .drop: return .drop
            }
        }

        /// Parses the environment variable. A syntax error or an unknown point stops the program: a test that continued
        /// without its fail point would pass for the wrong reason.
        static func parse(_ text: String) -> [String: FailPointSetting] {
            var settings: [String: FailPointSetting] = [:]
            for item in text.split(separator: ",") {
                let sides = item.split(separator: "=", maxSplits: 1)
                precondition(sides.count == 2, "BELAY_FAILPOINT: '\(item)' is not NAME=ACTION")
                let name = String(sides[0])
                precondition(FailPointName(rawValue: name) != nil, "BELAY_FAILPOINT: there is no fail point '\(name)'")
                guard let setting = FailPointSetting(sides[1]) else {
                    preconditionFailure("BELAY_FAILPOINT: '\(sides[1])' must be hold:/PATH, crash or drop")
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
