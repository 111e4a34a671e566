// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InferencePayments} from "../../contracts/InferencePayments.sol";
import {IRoyaltySplit, ListedToken} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {RoyaltySplit} from "../../contracts/RoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";

contract RoyaltySplitConstructionTest is Deployed {
    struct Arguments {
        address registry;
        address rail;
        address guardian;
        address[] attestors;
        uint32 threshold;
        uint32 window;
        ListedToken[] tokens;
    }

    /// @dev Good arguments for the third contract that this test creates from here on; the first two are its peers.
    function arguments() private returns (Arguments memory a) {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 2);
        a.registry = address(new ModelRegistry(predicted));
        a.rail = address(new InferencePayments(a.registry, predicted));
        a.guardian = guardian;
        a.attestors = attestors();
        a.threshold = 2;
        a.window = 60;
        a.tokens = new ListedToken[](2);
        a.tokens[0] = ListedToken({token: address(dollar), smallestLeaf: 10_000});
        a.tokens[1] = ListedToken({token: NATIVE, smallestLeaf: 1 gwei});
    }

    function create(Arguments memory a) private returns (RoyaltySplit) {
        return new RoyaltySplit(a.registry, a.rail, a.guardian, a.attestors, a.threshold, a.window, a.tokens);
    }

    function refuse(Arguments memory a, bytes memory reason) private {
        vm.expectRevert(reason);
        create(a);
    }

    function test_Vault_AnswersWithWhatItWasGiven() external {
        Arguments memory a = arguments();
        vm.expectEmit();
        emit IRoyaltySplit.TokenListed(address(dollar), 10_000);
        vm.expectEmit();
        emit IRoyaltySplit.TokenListed(NATIVE, 1 gwei);
        RoyaltySplit created = create(a);

        assertEq(created.registry(), a.registry, "registry");
        assertEq(created.rail(), a.rail, "rail");
        assertEq(created.guardian(), guardian, "guardian");
        assertEq(created.threshold(), 2, "threshold");
        assertEq(created.window(), 60, "window");
        assertEq(keccak256(abi.encode(created.attestors())), keccak256(abi.encode(a.attestors)), "attestors");
        assertEq(keccak256(abi.encode(created.listedTokens())), keccak256(abi.encode(a.tokens)), "tokens");
        for (uint256 i = 0; i < a.attestors.length; ++i) {
            assertTrue(created.isAttestor(a.attestors[i]), "attestor");
        }
        assertTrue(!created.isAttestor(guardian), "not an attestor");
        assertTrue(created.isListed(NATIVE) && created.isListed(address(dollar)), "listed");
        assertTrue(!created.isListed(address(this)), "not listed");
    }

    function test_Vault_StartsEmpty(address token) external view {
        (uint64 epoch, bytes32 root, uint64 readyAt) = vault.openProposal();
        assertEq(epoch, 0, "open epoch");
        assertEq(root, 0, "open root");
        assertEq(readyAt, 0, "open readyAt");
        assertEq(vault.epoch(), 0, "epoch");
        assertEq(vault.attempt(), 0, "attempt");
        assertEq(vault.root(), 0, "root");
        assertEq(vault.epochRecord(0).activatedAt, 0, "record");
        assertEq(vault.credited(token) + vault.promised(token) + vault.paid(token), 0, "books");
    }

    function test_Vault_StatesItsTypedDataDomain() external view {
        (, string memory name, string memory version, uint256 chainId, address verifier,,) = vault.eip712Domain();
        assertEq(name, "OpenSettle", "name");
        assertEq(version, "1", "version");
        assertEq(chainId, block.chainid, "chain");
        assertEq(verifier, address(vault), "contract");
    }

    function test_Vault_NeedsAThresholdOfOneToAll(uint32 threshold) external {
        Arguments memory a = arguments();
        a.threshold = uint32(bound(threshold, 4, type(uint32).max));
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadThreshold.selector, a.threshold, 3));
    }

    function test_Vault_RefusesAThresholdOfNone() external {
        Arguments memory a = arguments();
        a.threshold = 0;
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadThreshold.selector, 0, 3));
    }

    function test_Vault_TakesAThresholdOfAll() external {
        Arguments memory a = arguments();
        a.threshold = 3;
        assertEq(create(a).threshold(), 3, "threshold");
    }

    function test_Vault_RefusesTheZeroAttestor(uint8 at) external {
        Arguments memory a = arguments();
        a.attestors[at % 3] = address(0);
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadAttestor.selector, address(0)));
    }

    function test_Vault_RefusesAnAttestorTwice(uint8 at) external {
        Arguments memory a = arguments();
        a.attestors[at % 3] = a.attestors[(at % 3 + 1) % 3];
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadAttestor.selector, a.attestors[at % 3]));
    }

    function test_Vault_RefusesATokenTwice() external {
        Arguments memory a = arguments();
        a.tokens[1].token = a.tokens[0].token;
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.DuplicateToken.selector, address(dollar)));
    }

    function test_Vault_NeedsAGuardian() external {
        Arguments memory a = arguments();
        a.guardian = address(0);
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.NoGuardian.selector));
    }

    function test_Vault_NeedsAWindow() external {
        Arguments memory a = arguments();
        a.window = 0;
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.NoWindow.selector));
    }

    function test_Vault_RefusesTheRegistryOfAnotherVault() external {
        Arguments memory a = arguments();
        a.registry = address(registry);
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.WrongPeer.selector, address(registry)));
    }

    function test_Vault_RefusesTheRailOfAnotherVault() external {
        Arguments memory a = arguments();
        a.rail = address(rail);
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.WrongPeer.selector, address(rail)));
    }

    function test_Vault_RefusesTheRailOfAnotherRegistry() external {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 3);
        Arguments memory a;
        a.registry = address(new ModelRegistry(predicted));
        address other = address(new ModelRegistry(predicted));
        a.rail = address(new InferencePayments(other, predicted));
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.WrongPeer.selector, a.rail));
    }

    /// @dev What every chain takes (EIP-170), with the settings that are deployed.
    function test_Contracts_FitIntoTwentyFourKibibytes() external {
        (, address payAddress) = registerModel("model");
        address[4] memory all = [address(vault), address(registry), address(rail), payAddress];
        for (uint256 i = 0; i < all.length; ++i) {
            assertTrue(all[i].code.length != 0 && all[i].code.length <= 24_576, "size");
        }
    }
}
