import Client
@main struct Belay { static func main() { print(PackageResources.terminal_toml.count) } }
