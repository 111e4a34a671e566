// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InferencePayments} from "../../contracts/InferencePayments.sol";
import {ChangeKind, IRoyaltySplit, ListedToken, VaultSettings} from "../../contracts/interfaces/IRoyaltySplit.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {RoyaltySplit} from "../../contracts/RoyaltySplit.sol";
import {Deployed} from "./support/Deployed.sol";

/// @title What the vault is deployed with
contract RoyaltySplitConstructionTest is Deployed {
    struct Arguments {
        address registry;
        address rail;
        VaultSettings settings;
    }

    /// @dev Good arguments for the third contract that this test creates from here on; the first two are its peers.
    function arguments() private returns (Arguments memory a) {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 2);
        a.registry = address(new ModelRegistry(predicted));
        a.rail = address(new InferencePayments(a.registry, predicted));
        ListedToken[] memory tokens = new ListedToken[](2);
        tokens[0] = ListedToken({token: address(dollar), smallestLeaf: 10_000});
        tokens[1] = ListedToken({token: NATIVE, smallestLeaf: 1 gwei});
        a.settings = settings(tokens);
    }

    function create(Arguments memory a) private returns (RoyaltySplit) {
        return new RoyaltySplit(a.registry, a.rail, a.settings);
    }

    function refuse(Arguments memory a, bytes memory reason) private {
        vm.expectRevert(reason);
        create(a);
    }

    function test_Vault_AnswersWithWhatItWasGiven(uint32 window) external {
        Arguments memory a = arguments();
        a.settings.window = uint32(bound(window, 1, 30 days));
        vm.expectEmit();
        emit IRoyaltySplit.TokenListed(address(dollar), 10_000);
        vm.expectEmit();
        emit IRoyaltySplit.TokenListed(NATIVE, 1 gwei);
        RoyaltySplit created = create(a);

        assertEq(created.registry(), a.registry, "registry");
        assertEq(created.rail(), a.rail, "rail");
        assertEq(created.guardian(), guardian, "guardian");
        assertEq(created.governor(), governor, "governor");
        assertEq(created.threshold(), 2, "threshold");
        assertEq(created.window(), a.settings.window, "window");
        assertEq(created.attestorSet(), 1, "set of attestors");
        assertEq(
            keccak256(abi.encode(created.attestors())), keccak256(abi.encode(a.settings.attestors)), "attestors"
        );
        assertEq(keccak256(abi.encode(created.listedTokens())), keccak256(abi.encode(a.settings.tokens)), "tokens");
        for (uint256 i = 0; i < a.settings.attestors.length; ++i) {
            assertTrue(created.isAttestor(a.settings.attestors[i]), "attestor");
        }
        assertTrue(!created.isAttestor(guardian) && !created.isAttestor(address(0)), "not an attestor");
        assertTrue(created.isListed(NATIVE) && created.isListed(address(dollar)), "listed");
        assertTrue(!created.isListed(address(this)), "not listed");
    }

    function test_Vault_StartsEmpty(address token, uint64 number, bytes32 key) external view {
        (uint64 epoch, bytes32 digest, uint64 readyAt) = vault.openProposal();
        assertEq(epoch, 0, "open epoch");
        assertEq(digest, 0, "open digest");
        assertEq(readyAt, 0, "open readyAt");
        assertEq(vault.epoch(), 0, "epoch");
        assertEq(vault.attempt(), 0, "attempt");
        assertEq(vault.root(), 0, "root");
        assertEq(vault.lastBlock(), 0, "last block");
        assertEq(vault.epochHash(number), 0, "record");
        (uint64 activatedBy, bool revoked) = vault.rootStatus(key);
        assertTrue(activatedBy == 0 && !revoked, "root");
        assertEq(vault.credited(token) + vault.promised(token) + vault.paid(token), 0, "books");
        assertEq(vault.uncounted(NATIVE), 0, "uncounted");
        for (uint8 i = 0; i < 5; ++i) {
            (bytes32 dataHash, uint64 at) = vault.scheduled(ChangeKind(i));
            assertTrue(dataHash == 0 && at == 0, "scheduled");
        }
        assertEq(vault.guardianNonce(), 0, "guardian's nonce");
        assertTrue(vault.pausedUntil() == 0 && vault.restUntil() == 0, "not paused");
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
        a.settings.threshold = uint32(bound(threshold, 4, type(uint32).max));
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadThreshold.selector, a.settings.threshold, 3));
    }

    function test_Vault_RefusesAThresholdOfNone() external {
        Arguments memory a = arguments();
        a.settings.threshold = 0;
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadThreshold.selector, 0, 3));
    }

    function test_Vault_TakesAThresholdOfAll() external {
        Arguments memory a = arguments();
        a.settings.threshold = 3;
        assertEq(create(a).threshold(), 3, "threshold");
    }

    function test_Vault_RefusesTheZeroAttestor(uint8 at) external {
        Arguments memory a = arguments();
        a.settings.attestors[at % 3] = address(0);
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadAttestor.selector, address(0)));
    }

    function test_Vault_RefusesAnAttestorTwice(uint8 at) external {
        Arguments memory a = arguments();
        a.settings.attestors[at % 3] = a.settings.attestors[(at % 3 + 1) % 3];
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadAttestor.selector, a.settings.attestors[at % 3]));
    }

    function test_Vault_RefusesATokenTwice() external {
        Arguments memory a = arguments();
        a.settings.tokens[1].token = a.settings.tokens[0].token;
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.DuplicateToken.selector, address(dollar)));
    }

    function test_Vault_NeedsAGuardian() external {
        Arguments memory a = arguments();
        a.settings.guardian = address(0);
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.NoGuardian.selector));
    }

    function test_Vault_NeedsAGovernor() external {
        Arguments memory a = arguments();
        a.settings.governor = address(0);
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.NoGovernor.selector));
    }

    function test_Vault_NeedsAWindow() external {
        Arguments memory a = arguments();
        a.settings.window = 0;
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadWindow.selector, 0, 1, 30 days));
    }

    function test_Vault_RefusesAWindowOfMoreThanThirtyDays(uint32 window) external {
        Arguments memory a = arguments();
        a.settings.window = uint32(bound(window, 30 days + 1, type(uint32).max));
        refuse(
            a,
            abi.encodeWithSelector(
                IRoyaltySplit.BadWindow.selector, a.settings.window, a.settings.window, 30 days
            )
        );
    }

    function test_Vault_TakesNoTokens() external {
        Arguments memory a = arguments();
        a.settings.tokens = new ListedToken[](0);
        assertEq(create(a).listedTokens().length, 0, "tokens");
    }

    function test_Vault_TakesOneAttestor() external {
        Arguments memory a = arguments();
        a.settings.attestors = new address[](1);
        a.settings.attestors[0] = alice;
        a.settings.threshold = 1;
        assertTrue(create(a).isAttestor(alice), "attestor");
    }

    function test_Vault_RefusesAnEmptySetOfAttestors() external {
        Arguments memory a = arguments();
        a.settings.attestors = new address[](0);
        a.settings.threshold = 1;
        refuse(a, abi.encodeWithSelector(IRoyaltySplit.BadThreshold.selector, 1, 0));
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
