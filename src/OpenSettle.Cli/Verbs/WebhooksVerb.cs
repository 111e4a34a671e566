using System.CommandLine;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Signals.Webhooks;

namespace OpenSettle.Cli.Verbs;
