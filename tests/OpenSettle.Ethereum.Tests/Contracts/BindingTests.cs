using System.Reflection;
using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;

namespace OpenSettle.Ethereum.Tests.Contracts;

/// <summary>The bindings against the compiled contracts: a signature that no contract has would only be noticed on chain.</summary>
public sealed class BindingTests
{
    private static readonly (Type Binding, string Contract)[] Bindings =
    [
        (typeof(Erc20), "DemoDollar"),
        (typeof(InferencePayments), "InferencePayments"),
        (typeof(ModelAccount), "ModelAccount"),
        (typeof(ModelRegistry), "ModelRegistry"),
        (typeof(RoyaltySplit), "RoyaltySplit"),
        (typeof(SettlementResolver), "SettlementResolver"),
        (typeof(ClaimRelay), "ClaimRelay"),
        (typeof(Eas), "EAS"),
        (typeof(EasLegacy), "EASLegacy"),
    ];

    public static TheoryData<string> Contracts => [.. Bindings.Select(binding => binding.Contract)];

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Functions_OfABinding_AreTheContracts(string contract)
    {
        var known = Signatures(contract, "function");
        var used = Fields<AbiFunction>(contract).Select(function => function.Signature).ToArray();
        Assert.All(used, signature => Assert.Contains(signature, known));
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Events_OfABinding_AreTheContracts(string contract)
    {
        var known = Signatures(contract, "event");
        var used = Fields<AbiEvent>(contract).Select(one => one.Signature).ToArray();
        Assert.All(used, signature => Assert.Contains(signature, known));
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Views_OfABinding_AnswerWhatTheContractsDo(string contract)
    {
        var functions = Entries(contract, "function").ToDictionary(Signature);
        foreach (var function in Fields<AbiFunction>(contract))
        {
            var entry = functions[function.Signature];
            var isView = entry.GetProperty("stateMutability").GetString() is "view" or "pure";
            var outputs = string.Join(',', entry.GetProperty("outputs").EnumerateArray().Select(CanonicalType));
            // What a transaction's function returns, nobody reads.
            Assert.Equal(isView ? outputs : null, function.Returns);
        }
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Topics_OfABinding_AreTheContracts(string contract)
    {
        var events = Entries(contract, "event").ToDictionary(Signature);
        foreach (var one in Fields<AbiEvent>(contract))
        {
            var indexed = events[one.Signature].GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("indexed").GetBoolean()).ToArray();
            // EAS has the schema's uid behind one that is no topic: what its bindings read is held by EasBindingTests.
            if (contract == "EAS") Assert.Equal(one.Indexed, indexed.Count(topic => topic));
            else Assert.Equal(Enumerable.Range(0, indexed.Length).Select(at => at < one.Indexed), indexed);
            Assert.False(events[one.Signature].GetProperty("anonymous").GetBoolean());
        }
    }

    /// <summary>Two values of one type that change places keep the signature: names and order are held too.</summary>
    [Fact]
    public void Parameters_OfAllThatIsBound_AreThoseThatTheBindingsWereWrittenFor()
    {
        var bound = Bindings.SelectMany(binding => Fields<AbiFunction>(binding.Contract).Select(function => function.Signature)
            .Concat(Fields<AbiEvent>(binding.Contract).Select(one => one.Signature)).Select(signature => (binding.Contract, signature))).ToHashSet();
        var lines = Bindings.SelectMany(binding => CompiledContract.Load(binding.Contract).Abi.EnumerateArray()
            .Where(entry => entry.GetProperty("type").GetString() is "function" or "event" && bound.Contains((binding.Contract, Signature(entry))))
            .Select(entry => $"{binding.Contract}.{entry.GetProperty("name").GetString()}({string.Join(", ", entry.GetProperty("inputs").EnumerateArray().Select(Named))})"
                + (entry.TryGetProperty("outputs", out var outputs) ? $" returns ({string.Join(", ", outputs.EnumerateArray().Select(Named))})" : string.Empty)));
        var actual = string.Join('\n', lines.Order(StringComparer.Ordinal)) + "\n";
        var file = Path.Combine(AppContext.BaseDirectory, "vectors", "bindings.txt");
        var written = Path.Combine(AppContext.BaseDirectory, "bindings.actual.txt");
        File.WriteAllText(written, actual);
        Assert.True(
            actual == File.ReadAllText(file),
            $"A bound function or event changed. See that its binding follows, and copy {written} to tests/vectors/bindings.txt.");
    }

    [Fact]
    public void Proposal_AsTypedData_HasTheStructsFields()
    {
        var propose = Entries("RoyaltySplit", "function").Single(entry => entry.GetProperty("name").ValueEquals("propose"));
        var fields = propose.GetProperty("inputs")[0].GetProperty("components").EnumerateArray().ToArray();
        var type = ProposalTypedData.Of(1, default, new Proposal(1, 0, 1, default, default, default, default, default, 1, default, [], [], string.Empty)).Types[0];
        Assert.Equal(fields.Select(field => field.GetProperty("name").GetString()), type.Fields.Select(field => field.Name));
    }

    [Fact]
    public void Bindings_OfThisAssembly_AreAllCompared()
    {
        var declaring = typeof(RoyaltySplit).Assembly.GetTypes()
            .Where(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
                .Any(field => field.FieldType == typeof(AbiFunction) || field.FieldType == typeof(AbiEvent)))
            // The oracles of rollups are contracts of theirs: DataFeesTests holds their one function.
            .Where(type => type != typeof(Ethereum.Send.DataFees))
            // ERC-1271 is a standard for accounts that are contracts: none of these is one.
            .Where(type => type != typeof(Ethereum.Signing.AccountSignature));
        Assert.Equal(Bindings.Select(binding => binding.Binding.Name).Order(), declaring.Select(type => type.Name).Order());
    }

    [Fact]
    public void Errors_OfEveryContract_AreDescribable()
    {
        var count = 0;
        var names = CompiledContract.Names.SelectMany(name => Entries(name, "error"))
            .ToLookup(Signature, error => string.Join(',', error.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString())));
        foreach (var name in CompiledContract.Names)
        {
            foreach (var error in Entries(name, "error"))
            {
                var inputs = error.GetProperty("inputs").EnumerateArray().ToArray();
                var arguments = new AbiWriter();
                foreach (var input in inputs) WriteZero(arguments, input.GetProperty("type").GetString() ?? string.Empty);
                var words = ContractErrors.Describe(new AbiFunction(Signature(error)).Call(arguments));
                Assert.Contains(error.GetProperty("name").GetString() + "(", words);
                // Where contracts name a value differently, the bytes do not say by which name it goes.
                if (names[Signature(error)].Distinct().Count() == 1)
                    Assert.All(inputs, input => Assert.Contains(input.GetProperty("name").GetString() + ": ", words));
                count++;
            }
        }

        Assert.True(count > 90, $"Only {count} custom errors were found.");
    }

    [Fact]
    public void CreationCode_OfEveryDeployableContract_IsThere() =>
        // EAS is on every chain already: nobody deploys it from here.
        Assert.All(Bindings, binding => Assert.Equal(binding.Contract.StartsWith("EAS", StringComparison.Ordinal), CompiledContract.Load(binding.Contract).CreationCode.IsEmpty));

    private static void WriteZero(AbiWriter arguments, string type)
    {
        if (type is "string" or "bytes") arguments.Bytes([]);
        else arguments.UInt(0);
    }

    private static IEnumerable<T> Fields<T>(string contract) =>
        Bindings.Single(binding => binding.Contract == contract).Binding
            .GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            .Where(field => field.FieldType == typeof(T))
            .Select(field => (T)(field.GetValue(null) ?? throw new InvalidOperationException(field.Name)));

    private static HashSet<string> Signatures(string contract, string type) => [.. Entries(contract, type).Select(Signature)];

    private static IEnumerable<JsonElement> Entries(string contract, string type) =>
        CompiledContract.Load(contract).Abi.EnumerateArray().Where(entry => entry.GetProperty("type").ValueEquals(type));

    internal static string Signature(JsonElement entry) =>
        $"{entry.GetProperty("name").GetString()}({string.Join(',', entry.GetProperty("inputs").EnumerateArray().Select(CanonicalType))})";

    private static string Named(JsonElement input)
    {
        var type = input.GetProperty("type").GetString() ?? string.Empty;
        if (type.StartsWith("tuple", StringComparison.Ordinal))
            type = $"({string.Join(", ", input.GetProperty("components").EnumerateArray().Select(Named))}){type["tuple".Length..]}";
        return $"{type} {input.GetProperty("name").GetString()}".TrimEnd();
    }

    private static string CanonicalType(JsonElement input)
    {
        var type = input.GetProperty("type").GetString() ?? string.Empty;
        if (!type.StartsWith("tuple", StringComparison.Ordinal)) return type;
        var components = input.GetProperty("components").EnumerateArray().Select(CanonicalType);
        return $"({string.Join(',', components)}){type["tuple".Length..]}";
    }
}
