(* SPDX-License-Identifier: LGPL-2.1-or-later *)
(* libvirt-ocaml: objects, life, events through the library's loop, statistics, errors. *)
module C = Libvirt.Connect
module D = Libvirt.Domain
module N = Libvirt.Network
module P = Libvirt.Pool
module V = Libvirt.Volume
module E = Libvirt.Event

let count = ref 0
let failed = ref false

let is got what =
  incr count;
  if not got then failed := true;
  Printf.printf "%s %d - %s\n%!" (if got then "ok" else "not ok") !count what

let guest =
  "<domain type='test'><name>ocaml</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>\
   <os><type arch='i686'>hvm</type></os><devices><disk type='file' device='disk'><source file='/x.img'/>\
   <target dev='vda' bus='virtio'/></disk></devices></domain>"

let () =
  E.register_default_impl ();
  let name = Sys.getenv "TEST_URI" in
  let conn = C.connect ~name () in
  is (C.get_type conn = "TEST") "type";
  is ((C.get_node_info conn).C.cpus = 16) "node info";
  is (String.length (C.get_capabilities conn) > 100) "capabilities";
  is (C.num_of_domains conn = 1) "domains";
  is (D.get_name (D.lookup_by_id conn 1) = "test") "by id";
  let seen = ref [] in
  let expired = ref false in
  let callback =
    E.register_any conn
      (E.Lifecycle (fun dom event ->
           seen := (D.get_name dom ^ ":" ^ E.Lifecycle.to_string event) :: !seen))
  in
  let timer = E.add_timeout conn 20000 (fun () -> expired := true) in
  let dom = D.define_xml conn guest in
  D.create dom;
  is ((D.get_info dom).D.state = D.InfoRunning) "running";
  D.suspend dom;
  is ((D.get_info dom).D.state = D.InfoPaused) "paused";
  D.resume dom;
  while List.length !seen < 4 && not !expired do
    E.run_default_impl ()
  done;
  List.iter (Printf.printf "# %s\n") (List.rev !seen);
  is (List.length !seen = 4) "four events";
  E.deregister_any conn callback;
  E.remove_timeout conn timer;
  is (D.get_max_vcpus dom = 2) "vCPUs";
  D.destroy dom;
  D.undefine (D.lookup_by_name conn "ocaml"); (* destroy has ended the handle as well *)
  (match D.lookup_by_name conn "absent" with
  | _ -> is false "an absent domain"
  | exception Libvirt.Virterror e ->
      is (e.Libvirt.Virterror.code = Libvirt.Virterror.VIR_ERR_NO_DOMAIN) "code";
      is (e.Libvirt.Virterror.domain = Libvirt.Virterror.VIR_FROM_TEST) "domain";
      is (match e.Libvirt.Virterror.message with
          | Some text -> String.length text >= 16 && String.sub text 0 16 = "Domain not found"
          | None -> false) "message");
  let net = N.lookup_by_name conn "default" in
  is (N.get_bridge_name net = "virbr0") "network";
  let pool = P.lookup_by_name conn "default-pool" in
  V.create_xml pool "<volume><name>ov</name><capacity>1048576</capacity></volume>";
  let vol = V.lookup_by_name pool "ov" in
  is ((V.get_info (V.const vol)).V.capacity = 1048576L) "volume";
  is (P.num_of_volumes (P.const pool) = 1) "one volume";
  V.delete vol V.Normal;
  let reader = C.connect_readonly ~name () in
  is (C.num_of_domains reader = 1) "read-only";
  C.close reader;
  Printf.printf "1..%d\n" !count;
  exit (if !failed then 1 else 0)
