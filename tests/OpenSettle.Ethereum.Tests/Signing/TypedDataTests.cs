using System.Text.Json;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Signing;

/// <summary>What EIP-712 says by example, and everything that typed data refuse before anybody signs them.</summary>
public sealed class TypedDataTests
{
    private const int Rounds = 500;

    // A value that would be noticed in a message.
    private const string Secret = "correct horse";

    private static readonly TypedDataDomain Domain = new("Ether Mail", "1", 1, Address.Parse("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"));

    private static readonly TypedStruct Person = new("Person", [new("name", "string"), new("wallet", "address")]);

    /// <summary>The example in the text of EIP-712.</summary>
    [Fact]
    public void Digest_OfTheStandardsExample_IsThePublishedOne()
    {
        var data = new TypedData(
            Domain,
            [new TypedStruct("Mail", [new("from", "Person"), new("to", "Person"), new("contents", "string")]), Person],
            new TypedValue.Struct(
                new TypedValue.Struct("Cow", Address.Parse("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")),
                new TypedValue.Struct("Bob", Address.Parse("0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB")),
                "Hello, Bob!"));
        Assert.Equal("0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2", data.Digest().ToString());
    }

    [Fact]
    public void EncodeType_OfStructsBehindArrays_NamesEachOnceAndSorted()
    {
        TypedStruct[] types =
        [
            new("Zoo", [new("cages", "Cage[][2]"), new("keeper", "Person"), new("spare", "Cage[]")]),
            new("Person", [new("wallet", "address")]),
            new("Cage", [new("animals", "Animal[3]"), new("keeper", "Person")]),
            new("Animal", []),
        ];
        Assert.Equal(
            "Zoo(Cage[][2] cages,Person keeper,Cage[] spare)Animal()Cage(Animal[3] animals,Person keeper)Person(address wallet)",
            new TypedDataTypes(types).Encode("Zoo"));
    }

    [Fact]
    public void EncodeType_OfStructsThatHoldThemselves_Ends()
    {
        TypedStruct[] types =
        [
            new("Node", [new("children", "Node[]"), new("leaf", "Leaf[]")]),
            new("Leaf", [new("parents", "Node[]")]),
        ];
        Assert.Equal("Node(Node[] children,Leaf[] leaf)Leaf(Node[] parents)", new TypedDataTypes(types).Encode("Node"));
        Assert.Equal("Leaf(Node[] parents)Node(Node[] children,Leaf[] leaf)", new TypedDataTypes(types).Encode("Leaf"));
    }

    [Theory]
    [InlineData("uint")]
    [InlineData("uint0")]
    [InlineData("uint7")]
    [InlineData("uint08")]
    [InlineData("uint+8")]
    [InlineData("uint 8")]
    [InlineData("uint264")]
    [InlineData("uint٨")]
    [InlineData("Uint8")]
    [InlineData("int256")]
    [InlineData("int8")]
    [InlineData("bytes0")]
    [InlineData("bytes01")]
    [InlineData("bytes33")]
    [InlineData("byte")]
    [InlineData("address payable")]
    [InlineData("function")]
    [InlineData("")]
    [InlineData("Nobody")]
    [InlineData("EIP712Domain")]
    [InlineData("uint8[0]")]
    [InlineData("uint8[01]")]
    [InlineData("uint8[-1]")]
    [InlineData("uint8[99999999999]")]
    [InlineData("uint8[")]
    [InlineData("uint8]")]
    [InlineData("uint8[]]")]
    [InlineData("uint8[[]]")]
    [InlineData("[]")]
    [InlineData("[2]")]
    [InlineData("uint08[]")]
    [InlineData("Nobody[]")]
    public void Type_ThatIsNone_IsRefusedWhateverItsValue(string type)
    {
        TypedValue[] values =
            [1UL, true, "text", Address.Zero, Hash32.Zero, new TypedValue.Bytes(new byte[] { 1 }), new TypedValue.List([]), new TypedValue.List([1UL]), new TypedValue.Struct()];
        foreach (var value in values) Refused(One(type, value));
    }

    [Fact]
    public void Type_UnknownInAStructThatNoValueReaches_IsRefused() => Refused(new TypedData(
        Domain,
        [new TypedStruct("Message", [new("list", "Other[]")]), new TypedStruct("Other", [new("field", "Missing")])],
        new TypedValue.Struct(new TypedValue.List([]))));

    [Theory]
    [InlineData("uint8")]
    [InlineData("bytes")]
    [InlineData("bytes32")]
    [InlineData("address")]
    [InlineData("string")]
    [InlineData("bool")]
    [InlineData("EIP712Domain")]
    [InlineData("Two Words")]
    [InlineData("A(uint8 b)C")]
    [InlineData("List[]")]
    [InlineData("1st")]
    [InlineData("Übung")]
    [InlineData("")]
    public void StructName_ThatIsNoIdentifier_IsRefused(string name) =>
        Refused(new TypedData(Domain, [new TypedStruct(name, [])], new TypedValue.Struct()));

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a,uint8 b")]
    [InlineData("a)")]
    [InlineData("9")]
    public void FieldName_ThatIsNoIdentifier_IsRefused(string name) =>
        Refused(new TypedData(Domain, [new TypedStruct("Message", [new(name, "bool")])], new TypedValue.Struct(true)));

    [Fact]
    public void Types_GivenTwiceOrNotAtAll_AreRefused()
    {
        Refused(new TypedData(Domain, [Person, Person], new TypedValue.Struct(Secret, Address.Zero)));
        Refused(new TypedData(Domain, [], new TypedValue.Struct()));
        Refused(new TypedData(Domain, [new TypedStruct("Message", [new("same", "bool"), new("same", "bool")])], new TypedValue.Struct(true, true)));
    }

    [Fact]
    public void Values_OfAnotherKindThanTheirType_AreRefused()
    {
        (string Type, TypedValue Value)[] kinds =
        [
            ("uint256", 7UL), ("bool", true), ("address", Address.Parse("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")), ("string", Secret),
            ("bytes", new TypedValue.Bytes(new byte[] { 1, 2, 3 })), ("uint8[]", new TypedValue.List([1UL])), ("Person", new TypedValue.Struct(Secret, Address.Zero)),
        ];
        foreach (var (type, _) in kinds)
        {
            foreach (var (other, value) in kinds)
            {
                if (type == other) Taken(One(type, value));
                else Refused(One(type, value));
            }
        }
    }

    [Fact]
    public void Numbers_OfAnyWidth_FitUpToTheirTypesLargest()
    {
        for (var bits = 8; bits <= 256; bits += 8)
        {
            var largest = UInt256.MaxValue;
            for (var width = 256; width > bits; width -= 8) largest /= 256UL;
            Taken(One($"uint{bits}", UInt256.Zero));
            Taken(One($"uint{bits}", largest));
            if (bits == 256) continue;
            foreach (var tooLarge in new[] { largest + 1UL, UInt256.MaxValue })
            {
                var data = One($"uint{bits}", tooLarge);
                foreach (var refusal in new[] { Assert.Throws<OverflowException>(() => data.Digest()), Assert.Throws<OverflowException>(() => data.ToJson()) })
                    Assert.DoesNotContain(tooLarge.ToString(), refusal.ToString());
            }
        }
    }

    [Fact]
    public void Bytes_OfFixedLength_AreThatLongAndNoOther()
    {
        for (var width = 1; width <= 32; width++)
        {
            for (var length = 0; length <= 33; length++)
            {
                var data = One($"bytes{width}", new TypedValue.Bytes(new byte[length]));
                if (length == width) Taken(data);
                else Refused(data);
            }
        }
    }

    [Fact]
    public void Arrays_OfFixedLength_AreThatLongAndNoOther()
    {
        for (var length = 1; length <= 5; length++)
        {
            for (var count = 0; count <= 6; count++)
            {
                TypedValue items = new TypedValue.List([.. Enumerable.Repeat<TypedValue>(true, count)]);
                Taken(One("bool[]", items));
                var inner = One($"bool[{length}]", items);
                // The last length is the outer one.
                var outer = One($"bool[][{length}]", new TypedValue.List([.. Enumerable.Repeat(items, count)]));
                if (length == count) Taken(inner);
                else Refused(inner);
                if (length == count) Taken(outer);
                else Refused(outer);
            }
        }
    }

    [Fact]
    public void Structs_WithTooFewOrTooManyValues_AreRefused()
    {
        Refused(One("Person", new TypedValue.Struct(Secret)), Secret);
        Refused(One("Person", new TypedValue.Struct(Secret, Address.Zero, true)), Secret);
        Refused(new TypedData(Domain, [Person], new TypedValue.Struct()));
    }

    [Fact]
    public void Text_WithHalfASurrogatePair_IsRefusedWithoutItsWords()
    {
        foreach (var broken in new[] { $"{Secret}\ud83d", $"\ude42{Secret}", $"{Secret}\ude42\ud83d" })
        {
            Refused(One("string", broken), Secret);
            var refusal = Assert.Throws<ArgumentException>(() => new TypedData(Domain with { Name = broken }, [Person], new TypedValue.Struct(Secret, Address.Zero)).Digest());
            Assert.DoesNotContain(Secret, refusal.ToString());
        }
    }

    [Fact]
    public void Values_NestedWithoutAnEnd_AreRefused()
    {
        TypedStruct[] types = [new("Node", [new("children", "Node[]")])];
        var shallow = new TypedValue.Struct(new TypedValue.List([]));
        for (var level = 0; level < 20; level++) shallow = new TypedValue.Struct(new TypedValue.List([shallow]));
        Taken(new TypedData(Domain, types, shallow));
        var endless = new List<TypedValue>();
        endless.Add(new TypedValue.Struct(new TypedValue.List(endless)));
        Refused(new TypedData(Domain, types, new TypedValue.Struct(new TypedValue.List(endless))));
    }

    /// <summary>Values put into fields at random: taken only where they are of the field's type, and else refused without being shown.</summary>
    [Fact]
    public void Values_DrawnForOtherTypes_AreRefusedWithoutBeingShown()
    {
        var random = new Random(20261121);
        string[] types = ["uint8", "uint64", "uint256", "bytes4", "bytes32", "bytes", "string", "bool", "address", "uint64[2]", "bytes4[]", "Person", "Person[1]"];
        var refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var (type, other) = (types[random.Next(types.Length)], types[random.Next(types.Length)]);
            var data = One(type, Draw(random, other));
            // A number or bytes may be at home in several types.
            if (type == other) Taken(data);
            else if (!(type.StartsWith("uint", StringComparison.Ordinal) && other.StartsWith("uint", StringComparison.Ordinal))
                && !(type == "bytes" && other.StartsWith("bytes", StringComparison.Ordinal)))
            {
                Refused(data, Secret);
                refused++;
            }
        }

        Assert.True(refused > Rounds / 2);
    }

    [Fact]
    public void Domain_WithAnyOfItsFields_HasThemInItsTypeInOrder()
    {
        for (var chosen = 0; chosen < 32; chosen++)
        {
            var domain = new TypedDataDomain(
                (chosen & 1) != 0 ? "n" : null, (chosen & 2) != 0 ? "v" : null, (chosen & 4) != 0 ? UInt256.MaxValue : null,
                (chosen & 8) != 0 ? Address.Zero : null, (chosen & 16) != 0 ? Hash32.Zero : null);
            using var json = JsonDocument.Parse(new TypedData(domain, [Person], new TypedValue.Struct("x", Address.Zero)).ToJson());
            string[] all = ["name", "version", "chainId", "verifyingContract", "salt"];
            var expected = all.Where((_, at) => (chosen & 1 << at) != 0).ToList();
            var fields = json.RootElement.GetProperty("types").GetProperty("EIP712Domain").EnumerateArray().Select(field => field.GetProperty("name").GetString() ?? string.Empty);
            Assert.Equal(expected, fields);
            Assert.Equal(expected, json.RootElement.GetProperty("domain").EnumerateObject().Select(field => field.Name));
        }
    }

    private static TypedValue Draw(Random random, string type)
    {
        if (type.EndsWith(']'))
        {
            var length = type.EndsWith("[]", StringComparison.Ordinal) ? random.Next(1, 4) : int.Parse(type[(type.LastIndexOf('[') + 1)..^1]);
            return new TypedValue.List([.. Enumerable.Range(0, length).Select(_ => Draw(random, type[..type.LastIndexOf('[')]))]);
        }

        var bytes = new byte[32];
        random.NextBytes(bytes);
        return type switch
        {
            "uint8" => (ulong)random.Next(256),
            "uint64" => (ulong)random.NextInt64(),
            "uint256" => UInt256.FromBigEndian(bytes),
            "bytes4" => new TypedValue.Bytes(bytes.AsMemory(0, 4)),
            // Not as long as any of the fixed ones.
            "bytes" => new TypedValue.Bytes(bytes.AsMemory(0, 7)),
            "bytes32" => Hash32.FromBytes(bytes),
            "string" => Secret,
            "bool" => random.Next(2) == 0,
            "address" => Address.FromBytes(bytes.AsSpan(0, 20)),
            _ => new TypedValue.Struct(Secret, Address.FromBytes(bytes.AsSpan(0, 20))),
        };
    }

    private static TypedData One(string type, TypedValue value) =>
        new(Domain, [new TypedStruct("Message", [new("field", type)]), Person], new TypedValue.Struct(value));

    private static void Taken(TypedData data)
    {
        Assert.False(data.Digest().IsZero);
        using var json = JsonDocument.Parse(data.ToJson());
        Assert.Equal(data.PrimaryType, json.RootElement.GetProperty("primaryType").GetString());
    }

    /// <summary>Neither hashed nor written, and never with a value in the message.</summary>
    private static void Refused(TypedData data, string hidden = Secret)
    {
        foreach (var refusal in new[] { Assert.ThrowsAny<ArgumentException>(() => data.Digest()), Assert.ThrowsAny<ArgumentException>(() => data.ToJson()) })
            Assert.DoesNotContain(hidden, refusal.ToString());
    }
}
